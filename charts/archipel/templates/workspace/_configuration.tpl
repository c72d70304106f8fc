{{/* What the platform's processes read at their start, each by its own share. Nothing of it is secret. */}}
{{- define "archipel.configuration" -}}
{{ include "archipel.addresses" . }}
{{ include "archipel.cluster" . }}
{{ include "archipel.accounts" . }}
{{- include "archipel.provider" . }}
{{- end -}}

{{/* What one process reads: who may sign in is the hub's business, what pods are given is not the proxy's. */}}
{{- define "archipel.read" -}}
{{ include "archipel.addresses" .root }}
{{- if ne .name "proxy" }}
{{ include "archipel.cluster" .root }}
{{- end }}
{{- if eq .name "hub" }}
{{ include "archipel.accounts" .root }}
{{- include "archipel.provider" .root }}
{{- end }}
{{- end -}}

{{- define "archipel.addresses" -}}
{{- $name := .Release.Name -}}
workspace.json: |
  {{- $inside := dict }}
  {{- range $child, $port := dict "hub" 8081 "portal" 8002 "dashboards" 8003 "mlflow" 8004 "scheduler" 8005 "proxy" 8000 }}
  {{- $_ := set $inside $child (printf "http://%s-%s:%d" $name $child (int $port)) }}
  {{- end }}
  {{- $_ := set $inside "proxy_api" (printf "http://%s-proxy-api:8001" $name) }}
  {{- $ports := dict "hub" 8081 "portal" 8002 "dashboards" 8003 "mlflow" 8004 "scheduler" 8005 "proxy" 8000 "proxy_api" 8001 }}
  {{- dict "mode" .Values.mode "owner" "archipel" "scheme" .Values.scheme "host" .Values.host "port" 8000 "public_port" (int .Values.publicPort) "bind" "0.0.0.0" "base_path" .Values.hub.baseUrl "content_host" .Values.contentHost "live_suffix" .Values.liveSuffix "first_results" .Values.firstResults "oidc" (ternary "/etc/archipel/oidc.yaml" "" .Values.oidc.enabled) "ports" $ports "inside" $inside | toPrettyJson | nindent 2 }}
{{- end -}}

{{- define "archipel.cluster" -}}
{{- $name := .Release.Name -}}
{{- $environment := deepCopy .Values.singleuser.extraEnv -}}
{{- if or $environment.HTTP_PROXY $environment.HTTPS_PROXY -}}
{{- /* The platform is inside: no proxy leads to it. */ -}}
{{- $direct := list "localhost" "127.0.0.1" -}}
{{- range list "hub" "portal" "mlflow" "dashboards" -}}{{- $direct = append $direct (printf "%s-%s" $name .) -}}{{- end -}}
{{- with $environment.NO_PROXY -}}{{- $direct = append $direct . -}}{{- end -}}
{{- $environment = merge (dict "NO_PROXY" (join "," $direct) "no_proxy" (join "," $direct)) $environment -}}
{{- end -}}
cluster.json: |
  {{- $pods := dict "namespace" .Release.Namespace "prefix" .Values.images.prefix "release" .Values.images.release "pull_policy" .Values.images.pullPolicy "pull_secrets" .Values.imagePullSecrets "node_selector" .Values.scheduling.userPods.nodeSelector "tolerations" .Values.scheduling.userPods.tolerations "labels" (merge (dict "app.kubernetes.io/instance" $name) .Values.labels) "environment" $environment "cpu_share" .Values.singleuser.cpuShare "work" .Values.singleuser.work "gpu" .Values.singleuser.gpu }}
  {{- $homes := dict "size" .Values.singleuser.storage.capacity "class" .Values.singleuser.storage.dynamic.storageClass "groups" .Values.singleuser.storage.groups }}
  {{- $cull := .Values.dashboards.cull }}
  {{- $live := dict "processes" (int .Values.dashboards.slots) "idle_seconds" (int $cull.timeout) "life_seconds" (int $cull.maxAge) }}
  {{- dict "store" .Values.store.url "pods" $pods "homes" $homes "slots" (int .Values.scheduler.slots) "live" $live "canary" (int .Values.networkPolicy.canary.seconds) "canary_targets" .Values.networkPolicy.canary.targets | toPrettyJson | nindent 2 }}
{{- end -}}

{{- define "archipel.accounts" -}}
{{- $people := dict -}}
{{- range $person, $told := .Values.people -}}
{{- $_ := set $people $person (merge (dict) $told (dict "groups" (list) "admin" false)) -}}
{{- end -}}
accounts.json: |
  {{- dict "format" 1 "people" $people | toPrettyJson | nindent 2 }}
{{- end -}}

{{/* Where the hub finds the identity provider; the client's secret is a file of its own. */}}
{{- define "archipel.provider" -}}
{{- if .Values.oidc.enabled }}
{{- $told := merge (dict "client_secret_file" "/data/secrets/oidc") .Values.oidc.config }}
{{- with .Values.oidc.authorities }}
{{- $_ := set $told "ca_bundle" "oidc-authorities.pem" }}
oidc-authorities.pem: |
  {{- . | trim | nindent 2 }}
{{- end }}
oidc.yaml: |
  {{- toYaml $told | nindent 2 }}
{{- end }}
{{- end -}}
