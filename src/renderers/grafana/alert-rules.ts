import type { AlertingRule, Bundle } from '../../bundle/bundle.js';
import { durationSeconds } from '../../promql/duration.js';
import type { Artifact } from '../artifact.js';
import { checksum } from '../parts.js';

/*
 * The alerts as Grafana evaluates them itself, for sites that run no Alertmanager: the same expressions, labels, annotations and times. The
 * recording rules they read stay in Prometheus. Needs Grafana 12 (keepFiringFor, missingSeriesEvalsToResolve).
 */

/** A query or an expression of a rule, in the terms of Grafana's provisioning API. */
export interface GrafanaRuleData {
  readonly refId: string;
  readonly datasourceUid: string;
  /** Seconds before the evaluation. */
  readonly relativeTimeRange: { readonly from: number; readonly to: number };
  /** What is asked; written as JSON text where the provider wants it. */
  readonly model: Readonly<Record<string, unknown>>;
}

/** An alert rule that Grafana evaluates. */
export interface GrafanaRule {
  /** The alert's name, shortened where Grafana takes no longer one. Stable. */
  readonly uid: string;
  readonly name: string;
  /** RefId of the expression that is not 0 when the alert is to fire. */
  readonly condition: string;
  readonly for: string;
  readonly keepFiringFor: string;
  /** A series that is gone is resolved at once, as in Prometheus. */
  readonly missingSeriesEvalsToResolve: number;
  readonly noDataState: 'OK';
  readonly execErrState: 'Error' | 'KeepLast';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly datas: readonly GrafanaRuleData[];
}

/** Rules evaluated together. */
export interface GrafanaRuleGroup {
  readonly name: string;
  /** A multiple of 10: Grafana's own tick. */
  readonly intervalSeconds: number;
  readonly rules: readonly GrafanaRule[];
}

/** Where the rules lie below the output folder. */
export const GRAFANA_ALERT_RULES = 'grafana/alerting/alert-rules.json';

/** Grafana takes no longer ones. */
const MOST_UID = 40;
/** Grafana evaluates every 10 s at most. Seconds. */
const TICK = 10;
const EXPRESSION = '__expr__';

/** The groups of Grafana-managed rules; none where the site evaluates at an interval that Grafana does not know. */
export function grafanaRuleGroups(bundle: Bundle): GrafanaRuleGroup[] {
  const intervalSeconds = durationSeconds(bundle.config.evaluationInterval);
  if (intervalSeconds % TICK !== 0) return [];
  return bundle.alertGroups
    .filter(({ rules }) => rules.length > 0)
    .map(({ name, rules }) => ({
      name,
      intervalSeconds,
      rules: rules.map((rule) => grafanaRule(bundle, rule)),
    }));
}

function grafanaRule(bundle: Bundle, rule: AlertingRule): GrafanaRule {
  const { datasource } = bundle.config;
  const { uid, panel } = rule.definition.dashboard;
  return {
    uid: uidOf(rule.alert),
    name: rule.alert,
    condition: 'B',
    for: rule.for ?? '0s',
    keepFiringFor: rule.keepFiringFor ?? '0s',
    missingSeriesEvalsToResolve: 1,
    // Prometheus returns no series when nothing is wrong. Separate alerts cover missing data.
    noDataState: 'OK',
    execErrState: rule.definition.firesOnQueryError === true ? 'Error' : 'KeepLast',
    labels: rule.grafanaLabels,
    annotations: {
      ...Object.fromEntries(
        Object.entries(rule.grafanaAnnotations).map(([key, text]) => [key, inGrafana(text)]),
      ),
      // In a pair: with one of them alone Grafana links neither.
      __dashboardUid__: uid,
      __panelId__: String(panel),
    },
    datas: [
      {
        refId: 'A',
        datasourceUid: datasource.uid,
        relativeTimeRange: { from: 600, to: 0 },
        model: {
          refId: 'A',
          datasource: { type: 'prometheus', uid: datasource.uid },
          editorMode: 'code',
          expr: nameless(rule.expr),
          instant: true,
          range: false,
          intervalMs: 1_000,
          maxDataPoints: 43_200,
        },
      },
      {
        refId: 'B',
        datasourceUid: EXPRESSION,
        relativeTimeRange: { from: 0, to: 0 },
        model: {
          refId: 'B',
          type: 'math',
          datasource: { type: EXPRESSION, uid: EXPRESSION },
          // In Prometheus a series fires by being there, whatever its value: a 0 too.
          expression: ANY_VALUE,
        },
      },
    ],
  };
}

/**
 * The expression without the metric's name. Prometheus drops it from an alert's labels; Grafana may keep it, and a rule that compares first
 * one recorded series and then another would be two instances, of which one ends and the other begins. The comment is for who reads the
 * rule in Grafana.
 */
const nameless = (expr: string) =>
  `(\n${expr.replace(/^/gm, '  ')}\n) + 0 # without the metric's name, as an alert's labels are`;

/** At most as many characters as Grafana takes; the end that is cut off is replaced so that names stay distinct. */
const uidOf = (alert: string) =>
  alert.length <= MOST_UID ? alert : `${alert.slice(0, MOST_UID - 9)}-${checksum(alert).slice(0, 8)}`;

/** 1 for every value there is. */
export const ANY_VALUE = 'is_number($A) || is_nan($A) || is_inf($A)';

/** Prometheus's template with Grafana's word for the value: `$value` is a text there. */
function inGrafana(template: string): string {
  return template.replace(/\{\{.*?\}\}/gs, (action) => action.replace(/\$value\b/g, '$values.A.Value'));
}

/** The rules as a file: what Pulumi deploys, and what a reviewer reads. No file where there are none. */
export function renderGrafanaAlertRules(bundle: Bundle): Artifact[] {
  const groups = grafanaRuleGroups(bundle);
  if (groups.length === 0) return [];
  return [{ path: GRAFANA_ALERT_RULES, content: `${JSON.stringify({ groups }, null, 2)}\n` }];
}
