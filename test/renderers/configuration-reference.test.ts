import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { renderReferences } from '../../src/renderers/docs/references.js';
import { renderSiteSettings } from '../../src/renderers/site-settings.js';

const bundleOf = (config: ConfigInput) => buildBundle(parseConfig(config), definitions());

/** Every key without keys of its own, by its dotted path. Lists and label sets are values. */
function leaves(value: unknown, path: readonly string[] = []): [string, unknown][] {
  const isValue =
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    ['labels', 'externalLabels'].includes(path.at(-1) ?? '') ||
    path.join() === 'alerts';
  if (isValue) return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
}

const UNSET_OF_TARGETS = [
  'kubernetes.namespace',
  'kubernetes.gateway.namespace',
  'kubernetes.gateway.selector',
  'kubernetes.exporter.namespace',
  'kubernetes.exporter.selector',
  'grafanaProvisioning.prometheus',
];

describe('the reference of the configuration', () => {
  const text =
    renderReferences(bundleOf({}), '../runbooks').find(({ path }) => path === 'docs/configuration.md')
      ?.content ?? '';
  const documented = new Map(
    [...text.matchAll(/^\| `([^`]+)` \| [^|]+ \| (?:`([^`]*)`|(unset)) \|/gm)].map(([, key, value]) => [
      key as string,
      value === undefined ? undefined : JSON.parse(value),
    ]),
  );
  const defaults = new Map(leaves(parseConfig({})));

  it('has a row for every key', () => {
    expect([...documented.keys()].filter((key) => !key.startsWith('alerts.')).sort()).toEqual(
      [
        ...defaults.keys(),
        'commands.alertmanager',
        'commands.gatewayApi',
        'commands.prometheus',
        'commands.secretFile',
        'contacts.configuration',
        'contacts.gateway',
        'contacts.workers',
        ...UNSET_OF_TARGETS,
        'links.dashboards',
        'links.operatorRunbook',
        'links.runbooks',
      ].sort(),
    );
    expect([...documented.keys()].filter((key) => key.startsWith('alerts.'))).toHaveLength(6);
  });

  it.each([...documented])('names the default of %s', (key, value) => {
    if (!key.startsWith('alerts.')) expect(value).toEqual(defaults.get(key));
    else {
      const each = parseConfig({ alerts: { GatewayDown: {} } }).alerts.GatewayDown;
      expect(value).toEqual(each?.[key.split('.').at(-1) as keyof typeof each]);
    }
  });

  it('says what each key takes, also where the value is transformed after it was read', () => {
    expect(text).toContain('| `escrow` | on, off | `"on"` |');
    expect(text).not.toContain('| any |');
  });

  it('calls a key unset only where it has no default', () => {
    expect([...documented].filter(([, value]) => value === undefined).map(([key]) => key)).toEqual([
      'links.runbooks',
      'links.operatorRunbook',
      'links.dashboards',
      'commands.prometheus',
      'commands.alertmanager',
      'commands.gatewayApi',
      'commands.secretFile',
      'contacts.gateway',
      'contacts.workers',
      'contacts.configuration',
      'alerts.<name>.severity',
      'alerts.<name>.for',
      'alerts.<name>.keepFiringFor',
      'alerts.<name>.disabled',
      ...UNSET_OF_TARGETS,
    ]);
  });
});

describe('the settings recorded in the output folder', () => {
  const cases: readonly ConfigInput[] = [
    {},
    { contacts: { gateway: 'team: "storage" #1', workers: '[a](https://b.example)' } },
    { groupBy: ['cluster'], scrapeInterval: '15s', rateWindow: '1m' },
    { labels: { team: 'storage' }, links: { runbooks: 'https://runbooks.example/' } },
    { alerts: { GatewayDown: { for: '4m', labels: { area: 'edge' } }, GatewayMissing: {} } },
    { alerts: { PendingWritesExporterDown: { disabled: 'this site runs none: "off"' } } },
    { thresholds: { pendingWrites: { criticalAfter: '30h' }, pushWait: { slowShare: 0.25 } } },
    {
      targets: ['mimir', 'kubernetes'],
      kubernetes: { labels: { release: 'stack' }, gateway: { selector: { app: 'gw', tier: 'edge' } } },
    },
    // The default, spelled out.
    { evaluationInterval: '30s', thresholds: { pushWait: { slowShare: 0.5 } } },
  ];
  it.each(cases.map((config) => [JSON.stringify(config), config] as const))(
    'yield the same configuration: %s',
    (_, config) => {
      const { content } = renderSiteSettings(bundleOf(config));
      expect(parseConfig(parse(content))).toEqual(parseConfig(config));
    },
  );

  it('leave out what has its default', () => {
    const { content } = renderSiteSettings(bundleOf(cases.at(-1) as ConfigInput));
    expect(parse(content)).toEqual({});
  });
});
