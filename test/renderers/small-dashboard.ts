import type { ConfigInput } from '../../src/config/schema.js';
import { defineDashboard, type PanelDefinition } from '../../src/model/dashboard.js';
import { duration } from '../../src/promql/duration.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';
import { bundle, panel, raw } from '../checks/bundle-fixture.js';

export const NONE = Number.NEGATIVE_INFINITY;
export const GREY = '#6b717b';
export const BLUE = 'semi-dark-blue';
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
export const SHORT_KEY = {
  type: 'regex',
  options: { pattern: '^([0-9a-f]{12})[0-9a-f]{52}$', result: { text: '$1', index: 0 } },
};
export const SHORT_NAMES = {
  id: 'renameByRegex',
  options: { regex: '(.*?)([0-9a-f]{12})[0-9a-f]{52}(.*)', renamePattern: '$1$2$3' },
};
export const UP = 'max by (relay) (up{job="gateway"})';
export const query = (legend: string, more: object = {}) => ({ expr: () => raw(UP), legend, ...more });

export type Json = Record<string, unknown>;
export interface PanelJson extends Json {
  readonly id: number;
  readonly fieldConfig: { readonly defaults: Json; readonly overrides: readonly Json[] };
  readonly targets: readonly Json[];
}

export const relays = (choose: 'one' | 'many') => ({ choose, query: () => raw('sort_desc(\n  up\n)') });
export const dashboardOf = (uid: string, panels: readonly PanelDefinition[], more: object = {}) =>
  defineDashboard({
    uid,
    title: `Title of ${uid}`,
    description: `About ${uid}.`,
    tags: ['a tag'],
    span: duration('6h'),
    rows: [{ title: 'Row', panels }],
    ...more,
  });

/** The dashboard "test" with some panels, beside one about a single relay. */
export function built(panels: readonly PanelDefinition[], config: ConfigInput = {}, more: object = {}) {
  return bundle({
    dashboards: [
      dashboardOf('test', panels, more),
      dashboardOf('story', [panel({ id: 1, queries: [query('{{relay}}')] })], { relays: relays('one') }),
    ],
    config,
  });
}
export const classic = (...args: Parameters<typeof built>) =>
  renderGrafanaDashboards(built(...args)).map(
    ({ content }) => JSON.parse(content) as Json & { panels: readonly PanelJson[] },
  );
/** A panel of the dashboard "test", not one that an alert leads to. */
export function rendered(changes: Partial<PanelDefinition>, config: ConfigInput = {}): PanelJson {
  const found = classic([panel({ id: 7, ...changes })], config)[0]?.panels.find(({ id }) => id === 7);
  if (found === undefined) throw new Error('the panel is gone');
  return found;
}
