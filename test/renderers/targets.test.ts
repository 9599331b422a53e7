import { createHash } from 'node:crypto';
import {
  PodMonitor,
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { ConfigMap } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { TARGETS } from '../../src/model/target.js';
import { unquote } from '../../src/promql/literals.js';
import { grafanaRuleGroups } from '../../src/renderers/grafana/alert-rules.js';
import { withoutVariables } from '../../src/renderers/grafana/provisioning-text.js';
import { metadata } from '../../src/renderers/kubernetes/metadata.js';
import { filesWithTargets } from '../targets.js';
import { alertingFile, dashboardsFile, datasourcesFile, interpolated } from './provisioning-format.js';

const DEFAULT: ConfigInput = { targets: [...TARGETS] };
const OTHER: ConfigInput = {
  targets: ['mimir', 'kubernetes', 'grafana-v2', 'grafana-provisioning'],
  groupBy: ['cluster'],
  externalLabels: { cluster: 'eu-$1' },
  jobs: { gateway: 'edge-gw', exporter: 'edge-exporter' },
  scrapeInterval: '15s',
  evaluationInterval: '20s',
  datasource: { uid: 'thanos' },
  labels: { team: 'of-{{ $labels.cluster }}' },
  folder: 'Edge $gateway',
  kubernetes: {
    namespace: 'monitoring',
    namePrefix: 'edge',
    labels: { release: 'kube-prometheus-stack' },
    gateway: { namespace: 'edge', selector: { app: 'gw' }, port: 'http-metrics' },
    exporter: { namespace: 'workers', selector: { app: 'worker', tier: 'edge' }, port: 'exporter' },
  },
  grafanaProvisioning: { prometheus: 'http://prometheus:9090', dashboards: '/srv/dashboards' },
  mimir: { namespace: 'edge' },
};

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, string>>;
}

const SCHEMAS = { PrometheusRule, ServiceMonitor, PodMonitor, ConfigMap } as unknown as Readonly<
  Record<string, new (value: unknown) => { validate(): unknown }>
>;
/** Throws where the schema of the operator or of Kubernetes refuses an object. */
const validate = (one: KubernetesObject) =>
  new (SCHEMAS[one.kind] as (typeof SCHEMAS)[string])(one).validate();

const sites = (
  [
    ['the defaults', DEFAULT],
    ['a site with other settings', OTHER],
  ] as const
).map(([name, config]) => {
  const files = filesWithTargets(config);
  const under = (folder: string) => [...files].filter(([path]) => path.startsWith(`${folder}/`));
  const objects = under('kubernetes')
    .filter(([path]) => !path.endsWith('/kustomization.yaml'))
    .map(([path, text]) => [path, parse(text) as KubernetesObject] as const);
  return { name, files, under, objects, bundle: buildBundle(parseConfig(config), definitions()) };
});

describe.each(sites)('the targets for $name', ({ files, under, objects, bundle }) => {
  const { config } = bundle;
  const groupsOf = (folder: string) =>
    under(folder).flatMap(([, text]) => (parse(text) as { groups: { name: string }[] }).groups);
  const byName = (groups: readonly { name: string }[]) =>
    [...groups].sort((a, b) => (a.name < b.name ? -1 : 1));

  it('kubernetes: every object is valid by the schema of the operator or of Kubernetes', () => {
    expect(objects.length).toBeGreaterThan(20);
    for (const [path, object] of objects) expect(() => validate(object), path).not.toThrow();
    const names = objects.map(([, { kind, metadata }]) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('kubernetes: every object has the namespace, the labels and the prefix of the site', () => {
    const { namespace, namePrefix, labels } = config.kubernetes;
    for (const [path, { metadata }] of objects) {
      expect(metadata.namespace, path).toBe(namespace);
      expect(metadata.labels, path).toMatchObject({
        'app.kubernetes.io/name': 'gateway-observability',
        ...labels,
      });
      expect(metadata.name, path).toMatch(new RegExp(`^${namePrefix}-[a-z0-9-]+$`));
    }
  });

  it('kubernetes: the kustomization lists every object', () => {
    expect(parse(files.get('kubernetes/kustomization.yaml') as string)).toEqual({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: objects.map(([path]) => path.replace(/^kubernetes\//, '')).sort(),
    });
  });

  it('kubernetes: the rules are those of the rule files', () => {
    const groups = objects
      .filter(([, { kind }]) => kind === 'PrometheusRule')
      .flatMap(([, { spec }]) => {
        expect(Object.keys(spec)).toEqual(['groups']);
        return spec.groups as { name: string }[];
      });
    expect(byName(groups)).toEqual(byName(groupsOf('prometheus')));
  });

  it('kubernetes: a ConfigMap holds each dashboard, as the sidecar of Grafana finds it', () => {
    const maps = objects.filter(([, { kind }]) => kind === 'ConfigMap');
    expect(Object.assign({}, ...maps.map(([, { data }]) => data))).toEqual(
      Object.fromEntries(under('grafana/dashboards').map(([path, text]) => [path.split('/').at(-1), text])),
    );
    for (const [path, { data, metadata }] of maps) {
      expect(Object.keys(data), path).toHaveLength(1);
      expect(metadata.labels.grafana_dashboard).toBe('1');
      expect(metadata.annotations).toEqual({ grafana_folder: config.folder });
      // `kubectl apply` keeps a copy in an annotation, which may have 256 KiB.
      expect(Buffer.byteLength(files.get(path) as string)).toBeLessThan(200_000);
    }
  });

  it('kubernetes: the monitors select the targets of the site, under its jobs', () => {
    const specs = Object.fromEntries(
      objects.filter(([, { kind }]) => kind.endsWith('Monitor')).map(([, { kind, spec }]) => [kind, spec]),
    );
    const { gateway, exporter, namePrefix } = config.kubernetes;
    const notes = (name: string) =>
      [...(files.get(`kubernetes/monitors/${name}.yaml`) ?? '').matchAll(/^ {6,}# (.{21})/gm)].map(
        ([, text]) => text,
      );
    expect([notes('gateway'), notes('exporter')]).toEqual([
      ['The rules look for th'],
      ['The rules look for th', 'One instance per work'],
    ]);
    expect(
      objects.flatMap(([, { kind, metadata }]) => (kind.endsWith('Monitor') ? [metadata.name] : [])).sort(),
    ).toEqual([`${namePrefix}-exporter`, `${namePrefix}-gateway`]);
    const selected = ({ namespace, selector }: typeof gateway, usual: string) => ({
      ...(namespace === undefined ? {} : { namespaceSelector: { matchNames: [namespace] } }),
      selector: { matchLabels: selector ?? { 'app.kubernetes.io/name': usual } },
    });
    const endpoint = { path: '/metrics', interval: config.scrapeInterval };
    expect(specs).toEqual({
      ServiceMonitor: {
        ...selected(gateway, 'gateway'),
        endpoints: [
          {
            ...endpoint,
            port: gateway.port,
            relabelings: [{ targetLabel: 'job', replacement: config.jobs.gateway }],
          },
        ],
      },
      PodMonitor: {
        ...selected(exporter, 'worker'),
        podMetricsEndpoints: [
          {
            ...endpoint,
            port: exporter.port,
            relabelings: [
              { targetLabel: 'job', replacement: config.jobs.exporter },
              { targetLabel: 'instance', sourceLabels: ['__meta_kubernetes_pod_name'] },
            ],
          },
        ],
      },
    });
  });

  it('mimir: one file with all groups, in the namespace of the site', () => {
    expect(under('mimir').map(([path]) => path)).toEqual(['mimir/rules.yaml']);
    const { namespace, groups, ...others } = parse(files.get('mimir/rules.yaml') as string);
    expect([namespace, others]).toEqual([config.mimir.namespace, {}]);
    expect(byName(groups)).toEqual(byName(groupsOf('prometheus')));
  });

  it('grafana-v2: one resource for each dashboard', () => {
    expect(under('grafana-v2').map(([path]) => path.split('/').at(-1))).toEqual(
      under('grafana/dashboards').map(([path]) => path.split('/').at(-1)),
    );
    for (const [, text] of under('grafana-v2'))
      expect(JSON.parse(text)).toMatchObject({ apiVersion: 'dashboard.grafana.app/v2', kind: 'Dashboard' });
  });

  const provisioning = (kind: string) =>
    parse(files.get(`grafana-provisioning/${kind}/gateway-observability.yaml`) as string);

  it("grafana-provisioning: every file has Grafana's format", () => {
    expect(() => alertingFile.parse(provisioning('alerting'))).not.toThrow();
    const { providers } = dashboardsFile.parse(provisioning('dashboards'));
    expect(providers.map(({ folder, options }) => [interpolated(folder), options.path])).toEqual([
      [config.folder, config.grafanaProvisioning.dashboards],
    ]);
    // Grafana removes a dashboard with its file, and saves no edit that the next file would undo.
    expect(providers).toEqual([expect.objectContaining({ disableDeletion: false, allowUiUpdates: false })]);
  });

  it('grafana-provisioning: the rules that Grafana reads are those that Pulumi deploys', () => {
    const { groups } = alertingFile.parse(provisioning('alerting'));
    const texts = (of: Readonly<Record<string, string>>, read: (text: string) => string) =>
      Object.fromEntries(Object.entries(of).map(([name, text]) => [name, read(text)]));
    const read = groups.map(({ name, folder, interval, rules }) => {
      expect(interpolated(folder)).toBe(config.folder);
      return {
        name: interpolated(name),
        intervalSeconds: Number.parseInt(interval, 10),
        rules: rules.map((rule) => {
          const { title, data, dashboardUid, panelId, missing_series_evals_to_resolve, ...same } = rule;
          return {
            ...same,
            name: title,
            datas: data,
            missingSeriesEvalsToResolve: missing_series_evals_to_resolve,
            labels: texts(rule.labels, interpolated),
            annotations: {
              ...texts(rule.annotations, (text) => text.replaceAll('"\\x24{1}…"', '"${1}…"')),
              __dashboardUid__: dashboardUid,
              __panelId__: String(panelId),
            },
          };
        }),
      };
    });
    expect(read).toEqual(grafanaRuleGroups(bundle));
    // Some versions of Grafana replace it in annotations.
    for (const { annotations } of groups.flatMap(({ rules }) => rules))
      expect(Object.values(annotations).join()).not.toContain('${');
  });
});

describe('the name of an object', () => {
  const bundle = buildBundle(parseConfig({}), definitions());
  const nameOf = (own: string) => metadata(bundle, own).name;
  const sum = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

  it.each([
    ['pending-writes.alerts', 'gateway-observability-pending-writes-alerts'],
    ['gateway-overview', 'gateway-observability-gateway-overview'],
    ['x', 'gateway-observability-x'],
    ['x'.repeat(120), `gateway-observability-${'x'.repeat(120)}`],
    ['x'.repeat(121), `gateway-observability-${'x'.repeat(100)}-${sum('x'.repeat(121))}`],
    ['My  Own_Board', `gateway-observability-my-own-board-${sum('My  Own_Board')}`],
    ['_-_', `gateway-observability-${sum('_-_')}`],
  ])('is that of %s', (own, name) => {
    expect(nameOf(own)).toBe(name);
  });

  it('is valid and distinct for groups and dashboards of a team, whatever they are called', () => {
    const own = [
      'My_Board',
      'my_board',
      'my board',
      'My.Board',
      '_-_',
      '…',
      'x'.repeat(300),
      `${'x'.repeat(299)}y`,
      'a-',
    ];
    const names = own.map(nameOf);
    expect(new Set(names).size).toBe(own.length);
    for (const name of names) {
      expect(name).toMatch(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/);
      expect(name.length).toBeLessThan(254);
    }
  });
});

describe('the target grafana-provisioning', () => {
  it('writes a data source where the address of Prometheus is set, under the uid that the dashboards have', () => {
    const path = 'grafana-provisioning/datasources/gateway-observability.yaml';
    expect(sites[0]?.files.has(path)).toBe(false);
    const { datasources } = datasourcesFile.parse(parse(sites[1]?.files.get(path) as string));
    expect(datasources).toEqual([
      expect.objectContaining({
        uid: 'thanos',
        url: 'http://prometheus:9090',
        jsonData: expect.objectContaining({ timeInterval: '15s' }),
      }),
    ]);
  });

  it('writes no alert rules where Prometheus evaluates them', () => {
    const files = filesWithTargets({ grafanaProvisioning: { alertRules: 'off' } });
    expect([...files.keys()].filter((path) => path.startsWith('grafana-provisioning/'))).toEqual([
      'grafana-provisioning/dashboards/gateway-observability.yaml',
    ]);
  });
});

describe('an annotation without variables of the environment', () => {
  it.each([
    ['nothing to do: {{ $labels.relay }} at {{ $value }}', undefined],
    [
      '{{ reReplaceAll "a(b)" "${1}c" $labels.relay }}',
      '{{ reReplaceAll "a(b)" "\\x24{1}c" $labels.relay }}',
    ],
    ['{{ reReplaceAll `a\\(b` `${1}"` .x }}', '{{ reReplaceAll `a\\(b` "\\x24{1}\\"" .x }}'],
    ['costs ${price} {{ $value }}', 'costs {{ "\\x24" }}{price} {{ $value }}'],
    ["{{/* don't */}}${x}", '{{/* don\'t */}}{{ "\\x24" }}{x}'],
    ['{{ "}} ${a}" }}', '{{ "}} \\x24{a}" }}'],
    // An apostrophe in a comment begins nothing that a later one would end.
    ["{{/* don't */}}${x} it's {{ $value }}", '{{/* don\'t */}}{{ "\\x24" }}{x} it\'s {{ $value }}'],
    [
      "{{- /*\n don't */ -}}${x} it's {{ $value }}",
      '{{- /*\n don\'t */ -}}{{ "\\x24" }}{x} it\'s {{ $value }}',
    ],
    // A quote as a character begins no string, and an escape in a string stays one.
    ["{{ printf \"\\t${1}%c%c\" '\"' '\\u0022' }}", "{{ printf \"\\t\\x24{1}%c%c\" '\"' '\\u0022' }}"],
  ])('%s', (template, expected = template) => {
    expect(withoutVariables(template)).toBe(expected);
  });

  it('has strings of the same value', () => {
    expect(unquote('"\\x24{1}…"')).toBe(unquote('"${1}…"'));
    expect(unquote('"\\x24{1}\\""')).toBe(unquote('`${1}"`'));
  });
});

describe('the settings of the targets', () => {
  const problemsOf = (config: unknown) => {
    try {
      buildBundle(parseConfig(config, 'site.yaml'), definitions(), 'site.yaml');
      return [];
    } catch (error) {
      return (error as Error).message.split('\n');
    }
  };
  it.each([
    [
      { targets: ['helm'] },
      'targets.0: found "helm", expected one of kubernetes, grafana-provisioning, grafana-v2, mimir',
    ],
    [
      { targets: 'mimir' },
      'targets: found "mimir", expected a list of targets: kubernetes, grafana-provisioning, grafana-v2, mimir',
    ],
    [{ targets: ['mimir', 'mimir'] }, 'targets: found ["mimir","mimir"], expected every target once'],
    [{ folder: 'a/b' }, 'folder: found "a/b", expected the title of a folder: one line without / and \\'],
    [
      { kubernetes: { namespace: 'Monitoring' } },
      'kubernetes.namespace: found "Monitoring", expected a name of Kubernetes: at most 63 lower-case letters, digits and -, with a letter or digit at both ends',
    ],
    [
      { kubernetes: { labels: { release: 7 } } },
      'kubernetes.labels.release: found 7, expected a text in quotes',
    ],
    [
      { kubernetes: { labels: { 'a b': 'x' } } },
      'kubernetes.labels.a b: found "a b", expected a label of Kubernetes such as release or app.kubernetes.io/name',
    ],
    [
      { kubernetes: { labels: { release: 'a b' } } },
      'kubernetes.labels.release: found "a b", expected a value of a label of Kubernetes: at most 63 letters, digits, -, _ and ., with a letter or digit at both ends',
    ],
    [
      { kubernetes: { gateway: { selector: {} } } },
      'kubernetes.gateway.selector: found {}, which selects everything; expected at least one label',
    ],
    [
      { kubernetes: { exporter: { port: 9797 } } },
      'kubernetes.exporter.port: found 9797, expected the name of a port',
    ],
    [
      { grafanaProvisioning: { dashboards: 'dashboards' } },
      'grafanaProvisioning.dashboards: found "dashboards", expected an absolute path',
    ],
    [
      { mimir: { namespace: 'a/b' } },
      'mimir.namespace: found "a/b", expected a name of letters, digits, -, _ and .',
    ],
    [
      { targets: ['kubernetes'], jobs: { gateway: 'gw-(a|b)' } },
      'jobs.gateway: found "gw-(a|b)", a pattern, but the target kubernetes writes a monitor that sets one job; expected a plain name, or kubernetes.monitors: off',
    ],
    [
      { targets: ['grafana-provisioning'], evaluationInterval: '15s' },
      'evaluationInterval: found 15s, but Grafana evaluates the alert rules of the target grafana-provisioning at multiples of 10s; expected a multiple, or grafanaProvisioning.alertRules: off',
    ],
  ])('%j is refused with the field, what was found and what is expected', (config, message) => {
    expect(problemsOf(config)).toEqual([`site.yaml: ${message}`]);
  });

  it.each([
    { jobs: { gateway: 'gw-(a|b)' } },
    { targets: ['kubernetes'], kubernetes: { monitors: 'off' }, jobs: { gateway: 'gw-(a|b)' } },
    {
      evaluationInterval: '15s',
      targets: ['grafana-provisioning'],
      grafanaProvisioning: { alertRules: 'off' },
    },
    { kubernetes: { labels: { 'app.kubernetes.io/part-of': 'edge', release: '' } } },
  ])('%j is fine', (config) => {
    expect(problemsOf(config)).toEqual([]);
  });

  it('kubernetes.monitors: off leaves out both monitors, and the kustomization too', () => {
    const files = filesWithTargets({ kubernetes: { monitors: 'off' } });
    expect([...files.keys()].filter((path) => path.includes('monitors'))).toEqual([]);
    expect(files.get('kubernetes/kustomization.yaml')).not.toContain('monitors/');
  });
});
