import { buildBundle } from '../../../src/bundle/build.js';
import { definitions } from '../../../src/bundle/definitions.js';
import { parseConfig } from '../../../src/config/load.js';
import type { ConfigInput } from '../../../src/config/schema.js';
import type { PrometheusClient } from '../../../src/prometheus/client.js';
import { renderGrafanaDashboards } from '../../../src/renderers/grafana/dashboards.js';
import { SHOWN_AT } from './world.js';

/** How values are written: a colour from each value on, and words for codes. */
export interface Look {
  readonly unit: string;
  readonly decimals?: number;
  /** From which value a colour applies; the first one is below all others. */
  readonly colors?: readonly (readonly [from: number | null, color: string])[];
  /** By the value, or by `from..to`: its word and colour. */
  readonly words?: Readonly<Record<string, readonly [word: string, color?: string]>>;
}

/** What a panel shows in the known world. */
export interface KnownPanel extends Partial<Look> {
  readonly title: string;
  readonly kind: string;
  /** The least value, and the greatest where there is one. */
  readonly axis?: readonly number[];
  /** Up to where the axis goes at least; 1 where nothing is named and it begins at 0, 4 for whole numbers. */
  readonly reaches?: number;
  /** Colours of single values by their name, where they differ from those of the panel. */
  readonly valueColors?: Readonly<Record<string, Look['colors']>>;
  /** What the legend says of each line; its last and its greatest value where nothing is named. */
  readonly legend?: readonly string[];
  /** Colours of lines by their name. */
  readonly lineColors?: Readonly<Record<string, string>>;
  /** Values by the name of the line. */
  readonly shows?: Readonly<Record<string, number>>;
  readonly columns?: Readonly<
    Record<string, Look & { readonly empty: string; readonly rows: Readonly<Record<string, number>> }>
  >;
  /** What stands there without data. */
  readonly empty?: string;
}

interface Properties {
  readonly unit?: string;
  readonly decimals?: number;
  readonly noValue?: string;
  readonly min?: number;
  readonly max?: number;
  readonly thresholds?: {
    readonly mode: string;
    readonly steps: readonly { value: number | null; color: string }[];
  };
  readonly mappings?: readonly {
    readonly type: string;
    readonly options:
      | Readonly<Record<string, { text: string; color?: string }>>
      | { readonly from: number; readonly to: number; readonly result: { text: string; color?: string } };
  }[];
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { refId: string; expr: string; legendFormat?: string }[];
  readonly fieldConfig?: {
    readonly defaults: Properties & {
      readonly custom?: { readonly thresholdsStyle?: { mode: string }; readonly axisSoftMax?: number };
      readonly color?: { mode: string };
    };
    readonly overrides: readonly {
      readonly matcher: { id: string; options: string };
      readonly properties: readonly { id: string; value: unknown }[];
    }[];
  };
  readonly options?: { readonly legend?: { calcs: readonly string[] }; readonly colorMode?: string };
  readonly transformations?: readonly {
    id: string;
    options: { renameByName?: Readonly<Record<string, string>> };
  }[];
  /** Of a collapsed row. */
  readonly panels?: readonly PanelJson[];
}

/** The panels of every dashboard as they are deployed at a site, by the dashboard's uid; texts and rows left out. */
export function panelsAt(site: ConfigInput): ReadonlyMap<string, readonly PanelJson[]> {
  const bundle = buildBundle(parseConfig(site), definitions());
  return new Map(
    renderGrafanaDashboards(bundle)
      .filter(({ path }) => path.startsWith('grafana/dashboards/'))
      .map(({ content }) => JSON.parse(content) as { uid: string; panels: PanelJson[] })
      .map(({ uid, panels }) => [
        uid,
        panels
          .flatMap((panel) => [panel, ...(panel.panels ?? [])])
          .filter(({ type }) => type !== 'row' && type !== 'text'),
      ]),
  );
}

/** Leaves out what is not there, so that a table has to name nothing that a panel does not have. */
type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const present = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Present<T>;

function lookOf({ unit, decimals, thresholds, mappings }: Properties): Look {
  const wordOf = ({ text, color }: { text: string; color?: string }) =>
    color === undefined ? [text] : [text, color];
  const words = mappings?.flatMap(({ type, options }) => {
    if (type === 'range') {
      const { from, to, result } = options as { from: number; to: number; result: { text: string } };
      return [[`${from}..${to}`, wordOf(result)]];
    }
    if (type !== 'value') throw new Error(`found mappings of the type ${type}, which are not known here`);
    return Object.entries(options as Readonly<Record<string, { text: string }>>).map(([value, word]) => [
      value,
      wordOf(word),
    ]);
  });
  if (thresholds !== undefined && thresholds.mode !== 'absolute')
    throw new Error(`found ${thresholds.mode} thresholds`);
  return present({
    unit: unit ?? '',
    decimals,
    colors: thresholds?.steps.map(({ value, color }) => [value, color] as const),
    words: words === undefined ? undefined : Object.fromEntries(words),
  }) as Look;
}

/** Asks what a panel shows: every query at the moment of the world, with the variables of its dashboard filled in. */
export async function shownBy(
  client: PrometheusClient,
  panel: PanelJson,
  relays: string,
): Promise<KnownPanel> {
  const { defaults, overrides } = panel.fieldConfig ?? { defaults: {}, overrides: [] };
  const values: Readonly<Record<string, string>> = {
    $cluster: 'north',
    $job: 'gateway',
    $instance: 'gateway-1:3000',
    $relay: relays,
    $__range: '1h',
    $__rate_interval: '5m',
  };
  const answers = await Promise.all(
    (panel.targets ?? []).map(async ({ refId, expr, legendFormat = '' }) => {
      const query = expr.replace(/\$\w+/g, (name) => values[name] ?? name);
      return { refId, legendFormat, samples: await client.query(query, SHOWN_AT) };
    }),
  );
  const round = (value: number) => Number(value.toPrecision(9));
  const overrideOf = (name: string): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      overrides
        .filter(({ matcher }) => matcher.options === name)
        .flatMap(({ properties }) => properties.map(({ id, value }) => [id, value])),
    );
  const isTable = panel.type === 'table';
  const legend = (format: string, labels: Readonly<Record<string, string>>) =>
    format.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
  const rowOf = ({ __name__: _, cluster, ...labels }: Readonly<Record<string, string>>) =>
    [...(cluster === undefined || cluster === 'north' ? [] : [cluster]), ...Object.values(labels)].join(' ');
  const renames = panel.transformations?.find(({ id }) => id === 'organize')?.options.renameByName ?? {};
  const titleOf = (refId: string) => renames[answers.length === 1 ? 'Value' : `Value #${refId}`] ?? '';
  const lineColors = overrides.flatMap(({ matcher, properties }) =>
    properties
      .filter(({ id }) => id === 'color')
      .map(({ value }) => value as { fixedColor?: string; mode: string })
      .map(({ fixedColor, mode }) => [matcher.options, fixedColor ?? mode]),
  );
  const valueColors = overrides.flatMap(({ matcher, properties }) =>
    properties
      .filter(({ id }) => id === 'thresholds' && panel.type === 'stat')
      .map(({ value }) => [matcher.options, lookOf({ thresholds: value } as Properties).colors]),
  );
  const { min, max } = defaults;
  const softMax = defaults.custom?.axisSoftMax;
  const calcs = panel.type === 'timeseries' ? panel.options?.legend?.calcs : undefined;
  const axis = [min, max].filter((bound) => bound !== undefined);
  return present({
    title: panel.title,
    kind: panel.type,
    ...(isTable ? {} : lookOf(defaults)),
    empty: panel.type === 'stat' ? defaults.noValue : undefined,
    axis: axis.length === 0 ? undefined : axis,
    reaches:
      panel.type === 'timeseries' &&
      min === 0 &&
      max === undefined &&
      softMax === (defaults.decimals === 0 ? 4 : 1)
        ? undefined
        : softMax,
    legend: String(calcs) === 'last,max' ? undefined : calcs,
    valueColors: valueColors.length === 0 ? undefined : Object.fromEntries(valueColors),
    lineColors: lineColors.length === 0 ? undefined : Object.fromEntries(lineColors),
    shows: isTable
      ? undefined
      : Object.fromEntries(
          answers.flatMap(({ legendFormat, samples }) =>
            samples.map(({ labels, value }) => [legend(legendFormat, labels), round(value)]),
          ),
        ),
    columns: isTable
      ? Object.fromEntries(
          answers.map(({ refId, samples }) => {
            const title = titleOf(refId);
            const properties = overrideOf(title) as Properties;
            return [
              title,
              {
                ...lookOf(properties),
                empty: properties.noValue ?? '',
                rows: Object.fromEntries(samples.map(({ labels, value }) => [rowOf(labels), round(value)])),
              },
            ];
          }),
        )
      : undefined,
  }) satisfies KnownPanel as KnownPanel;
}
