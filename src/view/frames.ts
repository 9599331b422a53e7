import { sampleValue } from '../prometheus/sample-text.js';
import type { TargetJson } from './dashboard-json.js';

export type FrameValue = number | string | null;

/** A column of a frame, as Grafana's `toDataFrame` takes it. */
export interface FrameField {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string';
  readonly values: readonly FrameValue[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A result of a query in the form in which panels take it. */
export interface Frame {
  readonly refId: string;
  readonly name?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly fields: readonly FrameField[];
}

/** A series of an answer of Prometheus. Times in seconds. */
export interface AnsweredSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [time: number, value: number])[];
}

/** All series that one target of a panel got. */
export interface QueryAnswer {
  readonly target: TargetJson;
  /** The query as it was sent. */
  readonly expr: string;
  readonly series: readonly AnsweredSeries[];
  /** The times of a range query in seconds; absent for an instant query. */
  readonly grid?: { readonly start: number; readonly end: number; readonly step: number };
}

/** JSON has no NaN and no infinity; both are drawn as no value. */
const drawable = (value: number | undefined): number | null =>
  Number.isFinite(value) ? (value as number) : null;

/** The name that a legend format gives to a series, or undefined where it leaves naming to the panel. */
export function legendName(
  format: string | undefined,
  labels: Readonly<Record<string, string>>,
  expr: string,
): string | undefined {
  if (format === '__auto') return Object.keys(labels).length === 0 ? expr : undefined;
  if (format === undefined || format === '') {
    const { __name__: name = '', ...rest } = labels;
    const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
    const text = pairs.length === 0 ? name : `${name}{${pairs.join(', ')}}`;
    return text === '' ? expr : text;
  }
  return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
}

/** Frames of all answers of a panel. */
export function framesOf(answers: readonly QueryAnswer[]): Frame[] {
  const tables = answers.filter(({ target }) => target.format === 'table');
  return answers.flatMap((answer) => {
    switch (answer.target.format) {
      case 'table':
        // As in Grafana: with several tables the columns of values carry the letter of their query.
        return tableFrame(answer, tables.length > 1 ? `Value #${answer.target.refId}` : 'Value');
      case 'heatmap':
        return heatmapFrames(answer);
      case undefined:
      case '':
      case 'time_series':
        return seriesFrames(answer);
      default:
        throw new TypeError(
          `query ${answer.target.refId}: found the format ${JSON.stringify(answer.target.format)}, expected time_series, table or heatmap`,
        );
    }
  });
}

/** Milliseconds of every step of a range query. */
function gridTimes({ start, end, step }: NonNullable<QueryAnswer['grid']>): number[] {
  const count = Math.floor((end - start) / step + 1e-9) + 1;
  return Array.from({ length: count }, (_, i) => Math.round((start + i * step) * 1000));
}

/** Every series gets every step, with null where it has no value: else lines would bridge gaps. */
function onGrid(series: AnsweredSeries, times: readonly number[]): (number | null)[] {
  const byTime = new Map(series.points.map(([time, value]) => [Math.round(time * 1000), value]));
  return times.map((time) => drawable(byTime.get(time)));
}

function seriesFrames({ target, series, grid, expr }: QueryAnswer): Frame[] {
  const times = grid === undefined ? undefined : gridTimes(grid);
  return series.map((one) => {
    const name = legendName(target.legendFormat, one.labels, expr);
    return {
      refId: target.refId,
      meta: { type: 'timeseries-multi' },
      ...(name === undefined ? {} : { name }),
      fields: [
        {
          name: 'Time',
          type: 'time',
          values: times ?? one.points.map(([time]) => Math.round(time * 1000)),
        },
        {
          name: 'Value',
          type: 'number',
          labels: one.labels,
          values: times === undefined ? one.points.map(([, value]) => drawable(value)) : onGrid(one, times),
          config: name === undefined ? {} : { displayNameFromDS: name },
        },
      ],
    };
  });
}

function tableFrame({ target, series }: QueryAnswer, valueName: string): Frame[] {
  if (series.length === 0) return [];
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels).sort()))];
  const rows = series.flatMap(({ labels, points }) =>
    points.map(([time, value]) => ({ labels, time, value })),
  );
  return [
    {
      refId: target.refId,
      fields: [
        { name: 'Time', type: 'time', values: rows.map(({ time }) => Math.round(time * 1000)) },
        ...names.map((name): FrameField => {
          const texts = rows.map(({ labels }) => labels[name] ?? '');
          return name === 'le'
            ? { name, type: 'number', values: texts.map((text) => drawable(sampleValue(text))) }
            : { name, type: 'string', values: texts, config: { filterable: true } };
        }),
        { name: valueName, type: 'number', values: rows.map(({ value }) => drawable(value)) },
      ],
    },
  ];
}

/** Buckets of a histogram count everything up to their bound; a heatmap wants what lies between two bounds. */
function heatmapFrames({ target, series, grid }: QueryAnswer): Frame[] {
  if (series.length === 0) return [];
  if (grid === undefined) throw new TypeError(`query ${target.refId}: a heatmap needs a range query`);
  const times = gridTimes(grid);
  const bound = (one: AnsweredSeries) => sampleValue(String(one.labels.le)) ?? Number.NaN;
  const wrong = series.find((one) => Number.isNaN(bound(one)));
  if (wrong !== undefined) {
    throw new TypeError(`query ${target.refId}: a heatmap needs the label le on every series`);
  }
  const sorted = [...series].sort((a, b) => bound(a) - bound(b));
  const values = sorted.map((one) => onGrid(one, times));
  return [
    {
      refId: target.refId,
      meta: { type: 'heatmap-rows' },
      fields: [
        { name: 'Time', type: 'time', values: times },
        ...sorted.map(
          (one, i): FrameField => ({
            name: one.labels.le as string,
            type: 'number',
            labels: { le: one.labels.le as string },
            values: (values[i] as (number | null)[]).map((value, t) => {
              const below = values[i - 1]?.[t] ?? 0;
              return value === null ? null : Math.max(0, value - below);
            }),
          }),
        ),
      ],
    },
  ];
}
