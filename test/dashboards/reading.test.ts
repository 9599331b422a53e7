import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';
import { allPanels, type DashboardJson, type PanelJson } from '../../src/view/dashboard-json.js';

/** What an on-call engineer relies on in every panel of every dashboard. */

const at = (site: ConfigInput): readonly DashboardJson[] =>
  renderGrafanaDashboards(buildBundle(parseConfig(site), definitions()))
    .filter(({ path }) => path.startsWith('grafana/dashboards/'))
    .map(({ content }) => JSON.parse(content) as DashboardJson);

const dashboards = at({ links: { runbooks: 'https://docs.example.org/runbooks' } });
const panels = dashboards.flatMap((dashboard) =>
  allPanels(dashboard).map((panel) => ({ uid: dashboard.uid, panel, name: `${dashboard.uid} ${panel.id}` })),
);
const ofType = (...types: readonly string[]) => panels.filter(({ panel }) => types.includes(panel.type));

const KEY = '0123456789ab'.padEnd(64, 'f');

interface Word {
  readonly text: string;
  readonly color?: string;
}
interface Mapping {
  readonly type: string;
  readonly options: object;
}
interface Step {
  readonly value: number | null;
  readonly color: string;
}
const property = (panel: PanelJson, column: string, id: string): unknown =>
  panel.fieldConfig?.overrides
    .filter(({ matcher }) => matcher.options === column)
    .flatMap(({ properties }) => properties)
    .find((one) => one.id === id)?.value;
const defaults = (panel: PanelJson) =>
  (panel.fieldConfig?.defaults ?? {}) as {
    unit?: string;
    min?: number;
    max?: number;
    noValue?: string;
    mappings?: readonly Mapping[];
    thresholds?: { steps: readonly Step[] };
    color?: { mode: string };
    custom?: { axisSoftMax?: number };
    links?: readonly { title: string; url: string }[];
  };
/** The names of the labels and columns of a table that have their own settings. */
const columnsOf = (panel: PanelJson) =>
  (panel.fieldConfig?.overrides ?? []).map(({ matcher }) => String(matcher.options));

describe('a key of a relay', () => {
  it('shows its first twelve characters in names of lines, and stays whole in their links', () => {
    const byRelay = ofType('timeseries', 'state-timeline').filter(({ panel }) =>
      panel.targets?.some(({ legendFormat }) => legendFormat?.includes('{{relay}}')),
    );
    expect(byRelay.length).toBeGreaterThan(12);
    for (const { panel, name } of byRelay) {
      const rename = panel.transformations?.find(({ id }) => id === 'renameByRegex')?.options as {
        regex: string;
        renamePattern: string;
      };
      const shown = (text: string) => text.replace(new RegExp(`^${rename.regex}$`), rename.renamePattern);
      expect(shown(KEY), name).toBe('0123456789ab');
      expect(shown(`success ${KEY}`), name).toBe('success 0123456789ab');
      expect(shown('public-gateway:hyperbee'), name).toBe('public-gateway:hyperbee');
      const [link] = defaults(panel).links ?? [];
      expect(link?.title, name).toBe('Relay ${__field.labels.relay}');
      expect(link?.url, name).toContain('var-relay=${__field.labels.relay:percentencode}');
    }
  });

  it('shows its first twelve characters in tables, and stays whole in the link and its tooltip', () => {
    const tables = ofType('table').filter(({ panel }) => columnsOf(panel).includes('relay'));
    expect(tables.length).toBeGreaterThan(5);
    for (const { panel, name } of tables) {
      const [mapping] = property(panel, 'relay', 'mappings') as Mapping[];
      const { pattern = '', result } = (mapping?.options ?? {}) as { pattern?: string; result?: Word };
      expect(KEY.replace(new RegExp(pattern), result?.text ?? ''), name).toBe('0123456789ab');
      expect('unknown'.replace(new RegExp(pattern), result?.text ?? ''), name).toBe('unknown');
      const [link] = property(panel, 'relay', 'links') as { title: string; url: string }[];
      expect(link?.title, name).toBe('Relay ${__value.raw}');
      expect(link?.url, name).toContain('var-relay=${__value.raw:percentencode}');
    }
  });
});

describe('a table', () => {
  const tables = ofType('table');

  it('has room for the longest name of an alert, and links what to do', () => {
    const longest = Math.max(
      ...buildBundle(parseConfig({}), definitions()).alertGroups.flatMap(({ rules }) =>
        rules.map(({ alert }) => alert.length),
      ),
    );
    const lists = tables.filter(({ panel }) => columnsOf(panel).includes('alert'));
    expect(lists.map(({ name }) => name)).toEqual([
      'gateway-overview 13',
      'gateway-overview 15',
      'gateway-relay 8',
    ]);
    for (const { panel } of lists) {
      // 8 pixels for a character, and the padding.
      expect(property(panel, 'alert', 'custom.minWidth')).toBeGreaterThanOrEqual(8 * longest + 12);
      expect(property(panel, 'alert', 'links')).toEqual([
        expect.objectContaining({ url: 'https://docs.example.org/runbooks/${__value.raw}.md' }),
        expect.objectContaining({ url: '/alerting/list?search=${__value.raw}' }),
      ]);
    }
  });

  it('has room for the words that stand for values beside a name', () => {
    const widths = tables.flatMap(({ panel, name }) =>
      columnsOf(panel).flatMap((column) => {
        const width = property(panel, column, 'custom.width') as number | undefined;
        const mappings = (property(panel, column, 'mappings') ?? []) as Mapping[];
        return mappings
          .filter(({ type }) => type === 'value' && width !== undefined)
          .flatMap(({ options }) => Object.values(options) as Word[])
          .map(({ text }) => ({ name: `${name} ${column}: ${text}`, width, needed: 7 * text.length + 16 }));
      }),
    );
    expect(widths.length).toBeGreaterThan(5);
    for (const { name, width, needed } of widths) expect(width, name).toBeGreaterThanOrEqual(needed);
  });

  it('fits into its panel on a page of 1,280 pixels', () => {
    for (const { panel, name } of tables) {
      const room = (1280 * panel.gridPos.w) / 24 - 24;
      const fixed = columnsOf(panel).map((column) => Number(property(panel, column, 'custom.width') ?? 0));
      const rest = room - fixed.reduce((sum, width) => sum + width, 0);
      // As Grafana does: columns without a width share the rest evenly, and no one gets less than it needs.
      const others = columnsOf(panel).filter((_, place) => fixed[place] === 0);
      for (const column of others) {
        const needed = Number(property(panel, column, 'custom.minWidth') ?? 150);
        expect(rest / others.length, `${name} ${column}`).toBeGreaterThanOrEqual(needed);
      }
    }
  });
});

describe('what is not measured', () => {
  /** The color that Grafana gives to no value: that of the lowest step. */
  const lowest = (steps: readonly Step[] | undefined) => steps?.find(({ value }) => value === null)?.color;

  it('is grey in single values', () => {
    for (const { panel, name } of ofType('stat')) {
      expect(lowest(defaults(panel).thresholds?.steps), name).toBe('#6b717b');
      for (const column of columnsOf(panel)) {
        const steps = (property(panel, column, 'thresholds') as { steps: readonly Step[] } | undefined)
          ?.steps;
        if (steps !== undefined) expect(lowest(steps), `${name} ${column}`).toBe('#6b717b');
      }
      expect(defaults(panel).noValue, name).not.toBe('');
    }
  });

  it('is grey in the cells of a table, and what there is none of is not', () => {
    const unknown: string[] = [];
    for (const { panel, name } of ofType('table')) {
      for (const column of columnsOf(panel)) {
        const steps = (property(panel, column, 'thresholds') as { steps: readonly Step[] } | undefined)
          ?.steps;
        const word = property(panel, column, 'noValue') as string;
        const isUnknown = word === 'not known' || word === 'not measured';
        if (isUnknown) unknown.push(word);
        if (isUnknown || steps !== undefined) {
          expect(steps && lowest(steps), `${name} ${column}`).toBe(
            isUnknown ? 'rgba(128, 135, 145, 0.2)' : 'transparent',
          );
        }
      }
    }
    expect(unknown.length).toBeGreaterThan(10);
  });

  it('has the same word everywhere', () => {
    const words = ofType('table', 'stat').flatMap(({ panel }) => [
      defaults(panel).noValue ?? '',
      ...columnsOf(panel).map((column) => String(property(panel, column, 'noValue'))),
      ...Object.values(
        (defaults(panel).mappings ?? []).flatMap(({ options }) =>
          Object.entries(options as Readonly<Record<string, { text: string }>>).map(([value, { text }]) =>
            // The phase of a relay that was pending when the gateway lost it.
            value === '7' && text === 'unknown' ? '' : text,
          ),
        ),
      ),
    ]);
    expect(words).toContain('not known');
    expect(words.filter((word) => /unknown|n\/a|no data/i.test(word))).toEqual([]);
  });

  it('is not the last value of a line that has ended', () => {
    for (const { panel, name } of ofType('timeseries', 'stat')) {
      expect(JSON.stringify(panel.options), name).not.toContain('lastNotNull');
    }
    for (const { panel, name } of ofType('timeseries')) {
      // Grafana writes this into the legend for no value.
      expect(property(panel, '/.*/', 'noValue'), name).toBe('–');
    }
  });
});

describe('a legend', () => {
  it('has what is greatest now on top, or what has least time left', () => {
    const orders = ofType('timeseries').map(({ panel }) => {
      const { calcs, sortBy, sortDesc } = (
        panel.options as { legend: { calcs: string[]; sortBy: string; sortDesc: boolean } }
      ).legend;
      return `${calcs}: ${sortBy} ${sortDesc ? 'first' : 'last'}`;
    });
    expect([...new Set(orders)].sort()).toEqual([
      'last,max: Last first',
      'last,min: Min last',
      'max: Max first',
    ]);
  });
});

describe('an axis', () => {
  it('that begins at 0 ends near what is shown, not at 100', () => {
    const fromZero = ofType('timeseries').filter(({ panel }) => defaults(panel).min === 0);
    expect(fromZero.length).toBeGreaterThan(20);
    for (const { panel, name } of fromZero) {
      const { max, custom } = defaults(panel);
      expect(max ?? custom?.axisSoftMax, name).toBeDefined();
    }
  });

  it('of times is in hours or minutes, unless it is about seconds, and none has a rate per second', () => {
    const inSeconds = ofType('timeseries').filter(({ panel }) => defaults(panel).unit === 's');
    expect(inSeconds.map(({ panel }) => panel.title)).toEqual([
      'Age of the latest rule result',
      'Exporter scrape duration',
    ]);
    for (const { panel, name } of panels) {
      expect(['ops', 'reqps', 'cps', 'rps', 'wps'], name).not.toContain(defaults(panel).unit);
    }
  });
});

describe('colors', () => {
  it('distinguish the lines of a panel', () => {
    for (const { panel, name } of ofType('timeseries')) {
      expect(defaults(panel).color?.mode, name).toBe('palette-classic');
    }
  });

  it('are the same for a state everywhere', () => {
    const seen = new Map<string, Set<string>>();
    const add = (word: string, color: string | undefined) => {
      if (color !== undefined) seen.set(word, (seen.get(word) ?? new Set()).add(color));
    };
    for (const { panel } of panels) {
      const columns = columnsOf(panel).flatMap((column) => property(panel, column, 'mappings') ?? []);
      for (const { type, options } of [...(defaults(panel).mappings ?? []), ...(columns as Mapping[])]) {
        if (type === 'value')
          for (const { text, color } of Object.values(options) as Word[]) add(text, color);
      }
      for (const { matcher, properties } of panel.fieldConfig?.overrides ?? []) {
        const color = properties.find(({ id }) => id === 'color')?.value as
          | { fixedColor: string }
          | undefined;
        // Without what it is about, such as `relay: `; that of the whole gateway is paler on purpose.
        const [, word = ''] = /^(?!whole gateway)(?:[a-z ]+: )?(.+)$/.exec(String(matcher.options)) ?? [];
        if (word !== '') add(word, color?.fixedColor);
      }
    }
    // A line that has the name of a state, and none of its colors, has one of the palette.
    for (const { panel } of ofType('timeseries')) {
      for (const { legendFormat = '' } of panel.targets ?? []) {
        const hasColor = panel.fieldConfig?.overrides.some(({ matcher }) => matcher.options === legendFormat);
        if (seen.has(legendFormat) && hasColor !== true) add(legendFormat, 'of the palette');
      }
    }
    expect(seen.size).toBeGreaterThan(30);
    expect([...seen].filter(([, colors]) => colors.size > 1)).toEqual([]);
  });

  it('that fill a cell leave its text readable on a light page and on a dark one', () => {
    // As Grafana chooses the text.
    const DARK_TEXT = '#202226';
    const LIGHT_TEXT = '#f7f8fa';
    // The named colors of Grafana's two themes.
    const NAMED: Readonly<Record<string, readonly string[]>> = {
      'dark-red': ['#ad0317', '#c4162a'],
      'dark-blue': ['#1250b0', '#1f60c4'],
      'dark-purple': ['#7c2ea3', '#8f3bb8'],
    };
    const parts = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
    const luminance = (color: string) => {
      const [r = 0, g = 0, b = 0] = parts(color)
        .map((part) => part / 255)
        .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a: string, b: string) => {
      const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
      return (high + 0.05) / (low + 0.05);
    };
    const filled = ofType('table').flatMap(({ panel }) =>
      columnsOf(panel).flatMap((column) => [
        ...((property(panel, column, 'thresholds') as { steps: readonly Step[] } | undefined)?.steps ?? []),
        ...((property(panel, column, 'mappings') ?? []) as Mapping[])
          .filter(({ type }) => type === 'value')
          .flatMap(({ options }) => Object.values(options) as Word[]),
      ]),
    );
    // The faint and the empty background leave the page's own text.
    const colors = new Set(
      filled.flatMap(({ color }) =>
        color === undefined || color === 'transparent' || color.startsWith('rgba') ? [] : [color],
      ),
    );
    expect(colors.size).toBeGreaterThan(6);
    for (const color of [...colors].flatMap((name) => NAMED[name] ?? [name])) {
      expect(color).toMatch(/^#[0-9a-f]{6}$/);
      const [r = 0, g = 0, b = 0] = parts(color);
      const text = (r * 299 + g * 587 + b * 114) / 1000 > 180 ? DARK_TEXT : LIGHT_TEXT;
      expect(contrast(color, text), color).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe('a dashboard', () => {
  // 1,080 pixels without what Grafana and the browser need, 38 pixels for a row of the grid.
  const SCREEN = Math.floor((1080 - 130) / 38);
  const height = ({ panels: shown }: DashboardJson) =>
    Math.max(...shown.map(({ gridPos }) => gridPos.y + gridPos.h));

  const overview = dashboards.find(({ uid }) => uid === 'gateway-overview') as DashboardJson;

  it('of the overview fills at most two screens, and at most 1,600 pixels', () => {
    expect(height(overview)).toBeLessThanOrEqual(2 * SCREEN);
    // What the page shows above the panels is 90 pixels high.
    expect(38 * height(overview) + 90).toBeLessThanOrEqual(1600);
  });

  it('of the overview shows the alerts first, then the relays by need', () => {
    expect(overview.panels.slice(1, 5).map(({ title }) => title)).toEqual([
      'Firing alerts by urgency',
      'Relays that need attention',
      'Firing alerts',
      'Relays by need (top 10)',
    ]);
  });

  it('promises a page of what to do only where it links it', () => {
    const lists = (site: ConfigInput) =>
      at(site)
        .flatMap((dashboard) => allPanels(dashboard))
        .filter((panel) => columnsOf(panel).includes('alert'))
        .map(({ description }) => description ?? '');
    const linked = lists({ links: { runbooks: 'https://docs.example.org/runbooks' } });
    expect(linked).toHaveLength(3);
    for (const text of linked) expect(text).toContain('The name links to what to do');
    for (const text of lists({})) {
      expect(text).not.toContain('links to what to do');
      expect(text).toContain('What to do: runbooks/<Alert>.md.');
    }
  });

  it('uses each of its variables', () => {
    for (const dashboard of dashboards) {
      const queries = JSON.stringify(allPanels(dashboard).map(({ targets }) => targets));
      for (const { name } of dashboard.templating?.list ?? []) {
        expect(queries.includes(`$${name}`) || name === 'datasource', `${dashboard.uid} ${name}`).toBe(true);
      }
    }
  });

  it('about a relay ends with the drill, which is collapsed', () => {
    const relay = dashboards.find(({ uid }) => uid === 'gateway-relay') as DashboardJson;
    expect(relay.panels.at(-1)).toMatchObject({
      collapsed: true,
      title: 'Force pending writes (for a drill)',
    });
  });

  it('says that escrow is off wherever a lease would be shown', () => {
    const off = at({ escrow: 'off' }).flatMap((dashboard) => allPanels(dashboard));
    const saying = off.filter((panel) => /[Ee]scrow is off/.test(defaults(panel).noValue ?? ''));
    expect(saying.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        'Lease time left',
        'Lease state by relay',
        'Lease requests by result',
        'Leases issued and released',
        'Lease left',
        'Rejected writes and lease requests',
      ]),
    );
    expect(panels.filter(({ panel }) => /[Ee]scrow is off/.test(defaults(panel).noValue ?? ''))).toEqual([]);
  });
});
