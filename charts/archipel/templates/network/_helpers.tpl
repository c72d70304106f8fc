{{/* Peers and rules of NetworkPolicy, by component. */}}
{{- define "archipel.peer" -}}
podSelector: {matchLabels: {app.kubernetes.io/part-of: archipel, app.kubernetes.io/instance: {{ .root.Release.Name }}, app.kubernetes.io/component: {{ .component }}}}
{{- end -}}

{{/* A policy. Takes: root, component, from: list of [component…, port], to: the same, and raw rules of egress. */}}
{{- define "archipel.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .root.Release.Name }}-{{ .component }}
  labels: {{- include "archipel.labels" .root | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/part-of: archipel
      app.kubernetes.io/instance: {{ .root.Release.Name }}
      app.kubernetes.io/component: {{ .component }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- range .from }}
    - from:
        {{- range .peers }}
        - {{- include "archipel.peer" (dict "root" $.root "component" .) | nindent 10 }}
        {{- end }}
      ports: [{port: {{ .port }}, protocol: TCP}]
    {{- end }}
    {{- with .entrance }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with .figures }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- if not (or .from .entrance .figures) }} []{{ end }}
  egress:
    # Names: the cluster's own DNS and nothing else of it. A policy sees the port of its pod, which a cluster
    # chooses: its name says which.
    - to:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ .root.Values.networkPolicy.dns.namespace }}}}
          podSelector: {matchLabels: {{ toJson .root.Values.networkPolicy.dns.labels }} }
      ports:
        {{- range .root.Values.networkPolicy.dns.ports }}
        - {port: {{ . }}, protocol: UDP}
        - {port: {{ . }}, protocol: TCP}
        {{- end }}
    {{- range .to }}
    - to:
        {{- range .peers }}
        - {{- include "archipel.peer" (dict "root" $.root "component" .) | nindent 10 }}
        {{- end }}
      ports: [{port: {{ .port }}, protocol: TCP}]
    {{- end }}
    {{- range .places }}
    - to: [{ipBlock: {cidr: {{ .cidr }}}}]
      ports: [{port: {{ .port }}, protocol: TCP}]
    {{- end }}
{{- end -}}

{{/* Pods of some components that are, or are not, marked « sensible ». Takes: root, components, operator, values. */}}
{{- define "archipel.marked" -}}
podSelector:
  matchLabels:
    app.kubernetes.io/part-of: archipel
    app.kubernetes.io/instance: {{ .root.Release.Name }}
  matchExpressions:
    - {key: app.kubernetes.io/component, operator: In, values: {{ toJson .components }}}
    - {key: archipel/sensible, operator: {{ .operator }}{{ with .values }}, values: {{ toJson . }}{{ end }}}
policyTypes: [Egress]
{{- end -}}

{{/* Where the API server answers: told, or the addresses behind its service, or (rendered without a cluster)
anywhere on its usual port. */}}
{{- define "archipel.apiServer" -}}
{{- $found := .Values.networkPolicy.apiServer -}}
{{- if not $found -}}
{{- if not .Values.lookups.enabled -}}
{{- fail "networkPolicy.apiServer : où répond l’API de Kubernetes manque ; lookups.enabled: false défend de le demander au cluster" -}}
{{- end -}}
{{- $slice := lookup "discovery.k8s.io/v1" "EndpointSlice" "default" "kubernetes" -}}
{{- range $slice.endpoints -}}
{{- range .addresses -}}
{{- $found = append $found (dict "cidr" (printf "%s/%s" . (ternary "128" "32" (contains ":" .))) "port" (index $slice.ports 0).port) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson (default (list (dict "cidr" "0.0.0.0/0" "port" 6443)) $found) -}}
{{- end -}}

{{/* Who reads figures on a port, where somebody does. Takes: root, port. */}}
{{- define "archipel.figures" -}}
{{- $monitor := .root.Values.serviceMonitor -}}
{{- if and $monitor.enabled $monitor.from -}}
{{- list (dict "from" $monitor.from "ports" (list (dict "port" .port "protocol" "TCP"))) | toJson -}}
{{- else -}}
[]
{{- end -}}
{{- end -}}
