import type { Bundle } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';

/** The file with the notification templates, beside the example configuration. */
export const NOTIFICATION_TEMPLATES = 'gateway.tmpl';

/** Alerts that a message lists; the others are counted. With them a message fits on one screen. */
const MOST_LISTED = 10;

/**
 * Templates for Slack, e-mail and PagerDuty, for Alertmanager 0.25 and newer: they use no function that is newer. Each message has a
 * title, the alerts with the time at which they began, and links to the runbook, to a dashboard and to a silence.
 */
export function renderNotificationTemplates(bundle: Bundle): Artifact {
  const overview = bundle.dashboards.find(({ definition }) => definition.relays?.choose !== 'one');
  const { dashboards } = bundle.config.links;
  const path = overview === undefined ? '' : `${dashboards ?? ''}/d/${overview.definition.uid}`;
  return {
    path: `alertmanager/${NOTIFICATION_TEMPLATES}`,
    content: TEMPLATES.replaceAll('OVERVIEW', path).replaceAll('MOST', String(MOST_LISTED)),
  };
}

/** MOST and OVERVIEW are filled in. Durations are nanoseconds: a dashboard shows from an hour before the alert to ten minutes after it. */
const TEMPLATES = `{{/* ${GENERATED} */}}
{{/* Notification templates for Slack, e-mail and PagerDuty. Alertmanager 0.25 and newer. */}}

{{ define "gateway.time" }}{{ .UTC.Format "2006-01-02 15:04 MST" }}{{ end }}

{{/* One alert: its summary. Several: the name of the alert and how many. */}}
{{ define "gateway.title" -}}
[{{ .Status | toUpper }}{{ with .CommonLabels.severity }} {{ . }}{{ end }}]
{{- if eq (len .Alerts) 1 }} {{ range .Alerts }}{{ with .Annotations.summary }}{{ . }}{{ else }}{{ .Labels.alertname }}{{ end }}{{ end }}
{{- else }} {{ with .CommonLabels.alertname }}{{ . }}{{ else }}Alerts{{ end }}: {{ with .Alerts.Firing }}{{ len . }} firing{{ end }}
{{- if and .Alerts.Firing .Alerts.Resolved }}, {{ end }}{{ with .Alerts.Resolved }}{{ len . }} resolved{{ end }}
{{- end }}
{{- end }}

{{/* Of an alert: when it began, or how long ago that was when it ended. */}}
{{ define "gateway.when" -}}
{{ if eq .Status "firing" }}Firing since {{ template "gateway.time" .StartsAt }}; the problem began earlier.
{{- else }}Fired from {{ template "gateway.time" .StartsAt }} to {{ template "gateway.time" .EndsAt }}.{{ end }}
{{- end }}

{{ define "gateway.range" -}}
from={{ (.StartsAt.Add -3600000000000).UnixMilli }}&to={{ if eq .Status "firing" }}now{{ else }}{{ (.EndsAt.Add 600000000000).UnixMilli }}{{ end }}
{{- end }}

{{/* One alert: the dashboard that it links. Several: the overview, from the first of them on. */}}
{{ define "gateway.dashboard" -}}
{{ $one := eq (len .Alerts) 1 }}{{ range $i, $alert := .Alerts }}{{ if eq $i 0 -}}
{{ if and $one .Annotations.dashboard_url }}{{ .Annotations.dashboard_url }}&{{ else }}OVERVIEW?{{ end }}{{ template "gateway.range" . }}
{{- end }}{{ end }}
{{- end }}

{{/* A form for a silence of what all alerts of the message have in common. */}}
{{ define "gateway.silence" -}}
{{ .ExternalURL }}/#/silences/new?filter=%7B{{ range $i, $label := .CommonLabels.SortedPairs }}{{ if $i }}%2C{{ end }}{{ .Name }}%3D{{ printf "%q" .Value | urlquery | reReplaceAll "[+]" "%20" }}{{ end }}%7D
{{- end }}

{{/* Firing alerts, then those that ended. */}}
{{ define "gateway.list" -}}
{{ range $i, $alert := .Alerts.Firing }}{{ if lt $i MOST }}• {{ .Annotations.summary }} {{ template "gateway.when" . }}
{{ end }}{{ end }}
{{- if gt (len .Alerts.Firing) MOST }}MOST of {{ len .Alerts.Firing }} firing alerts are listed; the dashboard shows all.
{{ end }}
{{- $firing := len .Alerts.Firing }}
{{- if eq $firing 0 }}{{ range $i, $alert := .Alerts.Resolved }}{{ if lt $i MOST }}• {{ .Annotations.summary }} {{ template "gateway.when" . }}
{{ end }}{{ end }}
{{- if gt (len .Alerts.Resolved) MOST }}MOST of {{ len .Alerts.Resolved }} resolved alerts are listed.
{{ end }}
{{- else }}{{ with .Alerts.Resolved }}{{ len . }} resolved.
{{ end }}{{ end }}
{{- end }}

{{/* What to do, of a single alert that fires. */}}
{{ define "gateway.description" -}}
{{ if eq (len .Alerts) 1 }}{{ range .Alerts.Firing }}{{ .Annotations.description }}{{ end }}{{ end }}
{{- end }}

{{/* Slack */}}

{{ define "gateway.slack.escape" }}{{ . | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;" }}{{ end }}

{{/* A path is not a URL, so it is written as plain text. */}}
{{ define "gateway.slack.runbook" }}{{ with .CommonAnnotations.runbook_url }}{{ if match "^https?://" . }}<{{ . }}|Runbook>{{ else }}Runbook: {{ . }}{{ end }} | {{ end }}{{ end }}

{{/* Like gateway.dashboard, as a link. */}}
{{ define "gateway.slack.dashboard" -}}
{{ $one := eq (len .Alerts) 1 }}{{ range $i, $alert := .Alerts }}{{ if eq $i 0 }}
{{- $base := "OVERVIEW?" }}{{ if and $one .Annotations.dashboard_url }}{{ $base = printf "%s&" .Annotations.dashboard_url }}{{ end }}
{{- if match "^https?://" $base }}<{{ $base }}{{ template "gateway.range" . }}|Dashboard>{{ else }}Dashboard: {{ $base }}{{ template "gateway.range" . }}{{ end }}
{{- end }}{{ end }}
{{- end }}

{{ define "gateway.slack.color" }}{{ if eq .Status "resolved" }}good{{ else if eq .CommonLabels.severity "critical" }}danger{{ else if eq .CommonLabels.severity "warning" }}warning{{ else }}#439FE0{{ end }}{{ end }}

{{ define "gateway.slack.title" }}{{ if eq (len .Alerts) 1 }}{{ range .Alerts }}[{{ .Status | toUpper }} {{ .Labels.severity }}] {{ template "gateway.slack.escape" (or .Annotations.summary .Labels.alertname) }}{{ end }}{{ else }}{{ template "gateway.title" . }}{{ end }}{{ end }}

{{ define "gateway.slack.text" -}}
{{ $firing := len .Alerts.Firing }}
{{- if eq (len .Alerts) 1 }}{{ range .Alerts }}{{ template "gateway.when" . }}
{{ if eq .Status "firing" }}{{ template "gateway.slack.escape" .Annotations.description }}
{{ end }}{{ end }}
{{- else }}{{ range $i, $alert := .Alerts.Firing }}{{ if lt $i MOST }}• {{ template "gateway.slack.escape" .Annotations.summary }} {{ template "gateway.when" . }}{{ if match "^https?://" .Annotations.dashboard_url }} <{{ .Annotations.dashboard_url }}&{{ template "gateway.range" . }}|Dashboard>{{ end }}
{{ end }}{{ end }}
{{- if gt $firing MOST }}MOST of {{ $firing }} firing alerts are listed; the dashboard shows all.
{{ end }}
{{- if eq $firing 0 }}{{ range $i, $alert := .Alerts.Resolved }}{{ if lt $i MOST }}• {{ template "gateway.slack.escape" .Annotations.summary }} {{ template "gateway.when" . }}
{{ end }}{{ end }}
{{- if gt (len .Alerts.Resolved) MOST }}MOST of {{ len .Alerts.Resolved }} resolved alerts are listed.
{{ end }}{{ else }}{{ with .Alerts.Resolved }}{{ len . }} resolved.
{{ end }}{{ end }}{{ end -}}
{{ with .CommonLabels.alertname }}{{ template "gateway.slack.escape" . }} | {{ end }}{{ template "gateway.slack.runbook" . }}{{ template "gateway.slack.dashboard" . }} | <{{ template "gateway.silence" . }}|Silence>
{{- end }}

{{/* E-mail */}}

{{ define "gateway.email.text" -}}
{{ template "gateway.list" . }}
{{ template "gateway.description" . }}

{{ with .CommonLabels.alertname }}Alert: {{ . }}
{{ end }}Runbook: {{ .CommonAnnotations.runbook_url }}
Dashboard: {{ template "gateway.dashboard" . }}
Silence: {{ template "gateway.silence" . }}
{{ end }}

{{ define "gateway.email.html" -}}
<html><body>
<h3>{{ template "gateway.title" . }}</h3>
<ul>
{{ range $i, $alert := .Alerts.Firing }}{{ if lt $i MOST }}<li>{{ .Annotations.summary }} {{ template "gateway.when" . }}</li>
{{ end }}{{ end }}
{{- if eq (len .Alerts.Firing) 0 }}{{ range $i, $alert := .Alerts.Resolved }}{{ if lt $i MOST }}<li>{{ .Annotations.summary }} {{ template "gateway.when" . }}</li>
{{ end }}{{ end }}{{ end }}</ul>
{{ if gt (len .Alerts.Firing) MOST }}<p>MOST of {{ len .Alerts.Firing }} firing alerts are listed; the dashboard shows all.</p>
{{ else if and (eq (len .Alerts.Firing) 0) (gt (len .Alerts.Resolved) MOST) }}<p>MOST of {{ len .Alerts.Resolved }} resolved alerts are listed.</p>
{{ end }}{{ if eq (len .Alerts) 1 }}{{ range .Alerts.Firing }}<p>{{ .Annotations.description }}</p>
{{ end }}{{ end }}<p>{{ with .CommonLabels.alertname }}{{ . }} | {{ end }}{{ with .CommonAnnotations.runbook_url }}{{ if match "^https?://" . }}<a href="{{ . }}">Runbook</a>{{ else }}Runbook: {{ . }}{{ end }} | {{ end }}
{{- $one := eq (len .Alerts) 1 }}{{ range $i, $alert := .Alerts }}{{ if eq $i 0 }}
{{- $base := "OVERVIEW?" }}{{ if and $one .Annotations.dashboard_url }}{{ $base = printf "%s&" .Annotations.dashboard_url }}{{ end }}
{{- $to := "now" }}{{ if ne .Status "firing" }}{{ $to = printf "%d" (.EndsAt.Add 600000000000).UnixMilli }}{{ end }}
<a href="{{ printf "%sfrom=%d&to=%s" $base (.StartsAt.Add -3600000000000).UnixMilli $to }}">Dashboard</a>{{ end }}{{ end }} |
<a href="{{ .ExternalURL }}/#/silences/new?filter=%7B{{ range $i, $label := .CommonLabels.SortedPairs }}{{ if $i }}%2C{{ end }}{{ .Name }}%3D{{ printf "%q" .Value }}{{ end }}%7D">Silence</a></p>
</body></html>
{{ end }}
`;
