import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { renderAlertmanagerExample } from '../../src/renderers/alertmanager/example.js';
import type { Artifact } from '../../src/renderers/artifact.js';
import { renderGrafanaAlertRules } from '../../src/renderers/grafana/alert-rules.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';
import { renderDashboardResources } from '../../src/renderers/grafana/resource.js';
import { renderPrometheusRuleManifests } from '../../src/renderers/kubernetes/rules.js';
import { renderPrometheusRules } from '../../src/renderers/prometheus/rules.js';
import { renderSiteSettings } from '../../src/renderers/site-settings.js';

/** The parts of all outputs for a site, each with its text: rules by name, panels by `dashboard id`, and so on. */
export interface Outputs {
  /** Rules as Prometheus loads them. */
  readonly rules: ReadonlyMap<string, string>;
  /** The same of the Kubernetes manifests. */
  readonly kubernetes: ReadonlyMap<string, string>;
  /** Alerts as Grafana evaluates them. */
  readonly grafana: ReadonlyMap<string, string>;
  readonly panels: ReadonlyMap<string, string>;
  /** Panels of the second schema. */
  readonly panelsV2: ReadonlyMap<string, string>;
  /** Whatever else: group intervals, variables and annotations of dashboards, the example for Alertmanager, the settings. */
  readonly others: ReadonlyMap<string, string>;
}

interface GrafanaGroup {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly rules: readonly { readonly name: string }[];
}
interface ClassicPanel {
  readonly id: number;
  readonly type: string;
  /** Of a collapsed row. */
  readonly panels?: readonly ClassicPanel[];
}
interface Classic {
  readonly uid: string;
  readonly panels: readonly ClassicPanel[];
}
interface Resource {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly elements: Readonly<Record<string, { readonly spec: { readonly id: number } }>>;
    readonly variables: unknown;
    readonly annotations: unknown;
  };
}

const text = (value: unknown) => JSON.stringify(value);

/** The rules of rule files by name, and what stands before the first one of each file. Read as text: parsing YAML takes far longer. */
function rulesOf(files: readonly Artifact[]) {
  const parts = files.map(({ content }) =>
    content
      .replace(/^ *#.*\n/gm, '')
      .split(/^ *- (?=(?:alert|record): )/m)
      .map((part) => part.trim()),
  );
  return {
    rules: new Map(
      parts.flatMap(([, ...rules]) => rules.map((rule) => [/^\w+: (\S+)/.exec(rule)?.[1] ?? rule, rule])),
    ),
    intervals: [...new Set(parts.map(([head]) => /interval: (\S+)/.exec(head ?? '')?.[1]))].join(' '),
  };
}

/** What a site gets. `settings` is a configuration as its file holds it. */
export function outputsFor(settings: unknown): Outputs {
  const bundle = buildBundle(parseConfig(settings as never), definitions());
  const prometheus = rulesOf(renderPrometheusRules(bundle));
  const kubernetes = rulesOf(renderPrometheusRuleManifests(bundle));
  const grafana = renderGrafanaAlertRules(bundle).flatMap(
    ({ content }) => (JSON.parse(content) as { groups: GrafanaGroup[] }).groups,
  );
  const parsed = <T>(files: readonly Artifact[]) => files.map(({ content }) => JSON.parse(content) as T);
  const classic = parsed<Classic>(renderGrafanaDashboards(bundle));
  const resources = parsed<Resource>(renderDashboardResources(bundle));
  const only = ([artifact]: readonly Artifact[]) => artifact?.content ?? '';
  return {
    rules: prometheus.rules,
    kubernetes: kubernetes.rules,
    grafana: new Map(grafana.flatMap(({ rules }) => rules.map((rule) => [rule.name, text(rule)]))),
    panels: new Map(
      classic.flatMap(({ uid, panels }) =>
        panels
          .flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]))
          .map((panel) => [`${uid} ${panel.id}`, text(panel)]),
      ),
    ),
    panelsV2: new Map(
      resources.flatMap(({ metadata, spec }) =>
        Object.values(spec.elements).map((panel) => [`${metadata.name} ${panel.spec.id}`, text(panel)]),
      ),
    ),
    others: new Map([
      ['interval of Prometheus', prometheus.intervals],
      ['interval of Kubernetes', kubernetes.intervals],
      ['interval of Grafana', text([...new Set(grafana.map(({ intervalSeconds }) => intervalSeconds))])],
      ...classic.map((dashboard): [string, string] => [
        `dashboard ${dashboard.uid}`,
        text({ ...dashboard, panels: 0 }),
      ]),
      ...resources.map(({ metadata, spec: { variables, annotations } }): [string, string] => [
        `dashboard ${metadata.name}, second schema`,
        text({ variables, annotations }),
      ]),
      ['Alertmanager', only(renderAlertmanagerExample(bundle))],
      ['settings of the folder', renderSiteSettings(bundle).content],
    ]),
  };
}

/** The names whose text differs, those that only one side has included. */
export const changed = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .sort();
