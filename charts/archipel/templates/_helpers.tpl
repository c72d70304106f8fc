{{- define "archipel.labels" -}}
app.kubernetes.io/name: archipel
app.kubernetes.io/part-of: archipel
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "archipel.keys" -}}
{{ .Values.keys.existingSecret | default (printf "%s-keys" .Release.Name) }}
{{- end -}}

{{/* The Secret of the key of figures: whoever collects them reads it, and none of the others. */}}
{{- define "archipel.figuresSecret" -}}
{{ .Values.serviceMonitor.existingSecret | default .Values.keys.existingSecret | default (printf "%s-metrics" .Release.Name) }}
{{- end -}}

{{- define "archipel.databaseSecret" -}}
{{ .Values.database.existingSecret | default (printf "%s-database" .Release.Name) }}
{{- end -}}

{{- define "archipel.platformImage" -}}
{{ .Values.images.prefix }}platform:{{ required "images.platform : l’étiquette de l’image de la plateforme (« archipel deploy values » la donne)" .Values.images.platform }}
{{- end -}}

{{- define "archipel.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "archipel.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
{{- end -}}

{{/* The keys that the platform's processes share. */}}
{{- define "archipel.keyNames" -}}
{{- list "hub-cookie" "auth-state" "proxy" "portal" "dashboards" "mlflow" "operator" "keeper" "cookies" | toJson -}}
{{- end -}}

{{/* A quantity of Kubernetes as a number. */}}
{{- define "archipel.amount" -}}
{{- $number := regexFind "^[0-9.]+" . -}}
{{- $units := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- mulf (float64 $number) (get $units (trimPrefix $number .)) -}}
{{- end -}}

{{/* A container that only waits. */}}
{{- define "archipel.idleResources" -}}
requests: {cpu: 10m, memory: 16Mi, ephemeral-storage: 1Mi}
limits: {cpu: 100m, memory: 64Mi, ephemeral-storage: 64Mi}
{{- end -}}

{{/* Whether a cluster answers what is looked up: « helm template » speaks to none. */}}
{{- define "archipel.inCluster" -}}
{{- if and .Values.lookups.enabled (lookup "v1" "ServiceAccount" .Release.Namespace "default") -}}true{{- end -}}
{{- end -}}

{{/* A Secret that the values name is there, with its keys. Takes: root, value (its key in values), name, keys. */}}
{{- define "archipel.demandSecret" -}}
{{- if include "archipel.inCluster" .root -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .name -}}
{{- if not $found -}}
{{- fail (printf "%s : le Secret « %s » n’existe pas dans l’espace de noms « %s »" .value .name .root.Release.Namespace) -}}
{{- end -}}
{{- range .keys -}}
{{- if not (hasKey ($found.data | default dict) .) -}}
{{- fail (printf "%s : le Secret « %s » n’a pas la clé « %s »" $.value $.name .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A storage class that the values name is there. Takes: root, value (its key in values), class. */}}
{{- define "archipel.demandClass" -}}
{{- if and .class (include "archipel.inCluster" .root) -}}
{{- if not (lookup "storage.k8s.io/v1" "StorageClass" "" .class) -}}
{{- fail (printf "%s : la classe de stockage « %s » n’existe pas dans ce cluster" .value .class) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* One process of the platform. Takes: root, name, ports, path (of its health), keys (names), and the
flags database, store, declared, oidc, api (whether it speaks to the API server), metrics (path, or ""),
figures (whether it asks a key of who reads those). */}}
{{- define "archipel.process" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" .root.Release.Name .name -}}
{{- $own := index .root.Values .name -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "archipel.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
spec:
  replicas: 1
  # Each is alone with what it holds: the next one starts when the last has ended.
  strategy: {type: Recreate}
  selector:
    matchLabels:
      app.kubernetes.io/instance: {{ .root.Release.Name }}
      app.kubernetes.io/component: {{ .name }}
  template:
    metadata:
      labels:
        {{- include "archipel.labels" .root | nindent 8 }}
        app.kubernetes.io/component: {{ .name }}
      annotations:
        # A change of what it reads at its start is a new pod; nothing else is.
        archipel/configuration: {{ include "archipel.read" . | sha256sum | quote }}
    spec:
      serviceAccountName: {{ ternary $name (printf "%s-none" .root.Release.Name) (default false .api) }}
      automountServiceAccountToken: {{ default false .api }}
      enableServiceLinks: false
      securityContext: {{- include "archipel.podSecurity" .root | nindent 8 }}
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      {{- with .root.Values.scheduling.corePods.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      tolerations:
        - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
        - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
        {{- with .root.Values.scheduling.corePods.tolerations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      containers:
        - name: {{ .name }}
          image: {{ include "archipel.platformImage" .root }}
          imagePullPolicy: {{ .root.Values.images.pullPolicy }}
          command: [archipel, serve, {{ .name }}]
          env:
            - {name: ARCHIPEL_DATA, value: /data}
            - {name: ARCHIPEL_CONFIG, value: /etc/archipel/workspace}
            - {name: HOME, value: /data/home}
            - {name: TMPDIR, value: /tmp}
            - {name: PYTHONUNBUFFERED, value: "1"}
          ports:
            {{- range $port, $number := .ports }}
            - {name: {{ $port }}, containerPort: {{ $number }}}
            {{- end }}
          startupProbe:
            httpGet: {path: {{ .path }}, port: http}
            periodSeconds: 1
            failureThreshold: 600
          readinessProbe:
            httpGet: {path: {{ .path }}, port: http}
            periodSeconds: 2
            timeoutSeconds: 5
            # It is alone: a busy one that its service forgets is worse than a slow one.
            failureThreshold: 30
          livenessProbe:
            httpGet: {path: {{ .path }}, port: http}
            periodSeconds: 20
            timeoutSeconds: 10
            # One that is behind with its work is not hung, and would be further behind after a restart.
            failureThreshold: 15
          # Its last words are in the pod's status: a database or a store that refuses is told there.
          terminationMessagePolicy: FallbackToLogsOnError
          resources: {{- toYaml $own.resources | nindent 12 }}
          securityContext: {{- include "archipel.containerSecurity" .root | nindent 12 }}
          volumeMounts:
            - {name: data, mountPath: /data}
            - {name: tmp, mountPath: /tmp}
            - {name: workspace, mountPath: /etc/archipel/workspace, readOnly: true}
            - {name: secrets, mountPath: /data/secrets, readOnly: true}
            {{- if and .oidc .root.Values.oidc.enabled }}
            # Each by itself: in a whole volume it is a link, and what is not a plain file is refused.
            - {name: workspace, mountPath: /etc/archipel/oidc.yaml, subPath: oidc.yaml, readOnly: true}
            {{- if .root.Values.oidc.authorities }}
            - {name: workspace, mountPath: /etc/archipel/oidc-authorities.pem, subPath: oidc-authorities.pem, readOnly: true}
            {{- end }}
            {{- end }}
            {{- if and .store .root.Values.store.claim.enabled }}
            - {name: store, mountPath: {{ trimPrefix "file://" .root.Values.store.url }}}
            {{- end }}
      volumes:
        - {name: data, emptyDir: {sizeLimit: 10Gi}}
        - {name: tmp, emptyDir: {sizeLimit: 10Gi}}
        - {name: workspace, configMap: {name: {{ .root.Release.Name }}-workspace}}
        - name: secrets
          projected:
            defaultMode: 0440
            sources:
              {{- if .keys }}
              - secret:
                  name: {{ include "archipel.keys" .root }}
                  items:
                    {{- range .keys }}
                    - {key: {{ . }}, path: {{ . }}}
                    {{- end }}
              {{- end }}
              {{- if .figures }}
              - secret:
                  name: {{ include "archipel.figuresSecret" .root }}
                  items: [{key: metrics, path: metrics}]
              {{- end }}
              {{- if .database }}
              - secret:
                  name: {{ include "archipel.databaseSecret" .root }}
                  items: [{key: url, path: database}]
              {{- end }}
              {{- if and .store .root.Values.store.existingSecret }}
              - secret:
                  name: {{ .root.Values.store.existingSecret }}
                  items: [{key: s3-credentials, path: s3-credentials}, {key: s3-config, path: s3-config}]
              {{- end }}
              {{- if and .oidc .root.Values.oidc.enabled }}
              - secret:
                  name: {{ .root.Values.oidc.existingSecret }}
                  items: [{key: client-secret, path: oidc}]
              {{- end }}
              {{- if and .declared .root.Values.declared.names }}
              - secret:
                  name: {{ required "declared.existingSecret : le Secret qui tient les secrets déclarés" .root.Values.declared.existingSecret }}
                  # One that has no value yet refuses the runs that want it, and nothing else.
                  optional: true
                  items:
                    {{- range .root.Values.declared.names }}
                    - {key: {{ . }}, path: declared/{{ . }}}
                    {{- end }}
              {{- end }}
        {{- if and .store .root.Values.store.claim.enabled }}
        - {name: store, persistentVolumeClaim: {claimName: {{ .root.Release.Name }}-store}}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels:
    {{- include "archipel.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
spec:
  selector:
    app.kubernetes.io/instance: {{ .root.Release.Name }}
    app.kubernetes.io/component: {{ .name }}
  {{- if eq .name "proxy" }}
  type: {{ .root.Values.proxy.service.type }}
  {{- end }}
  ports:
    {{- range $port, $number := omit .ports "api" }}
    - name: {{ $port }}
      port: {{ $number }}
      targetPort: {{ $port }}
      {{- if and (eq $.name "proxy") $root.Values.proxy.service.nodePorts.http }}
      nodePort: {{ $root.Values.proxy.service.nodePorts.http }}
      {{- end }}
    {{- end }}
{{- if .root.Values.pdb.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels: {{- include "archipel.labels" .root | nindent 4 }}
spec:
  # A node may be drained: its pod starts elsewhere within seconds, and nothing that lasts is in it.
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/instance: {{ .root.Release.Name }}
      app.kubernetes.io/component: {{ .name }}
{{- end }}
{{- if and .metrics .root.Values.serviceMonitor.enabled }}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ $name }}
  labels:
    {{- include "archipel.labels" .root | nindent 4 }}
    {{- with .root.Values.serviceMonitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/instance: {{ .root.Release.Name }}
      app.kubernetes.io/component: {{ .name }}
  endpoints:
    - port: http
      path: {{ .metrics }}
      {{- if .figures }}
      # Who reads figures shows a key: the same port answers people, through the proxy.
      authorization: {credentials: {name: {{ include "archipel.figuresSecret" .root }}, key: metrics}}
      {{- end }}
{{- end }}
{{- end -}}
