import { up } from '../../metrics/prometheus.js';
import type { MetricDefinition } from '../model/metric.js';
import type { Labels, Series } from '../prometheus/client.js';
import { countOf } from '../promql/histogram.js';

/** A sample of one series: seconds since the epoch, and the value. */
export type Point = readonly [time: number, value: number];

/** One series as it was scraped. */
export interface ScrapedSeries {
  readonly labels: Labels;
  /** Oldest first. */
  readonly points: readonly Point[];
}

/** A moment at which a series changed, and what it changed from. */
export interface Change {
  /** When it was scraped, seconds since the epoch. */
  readonly time: number;
  /** Undefined where the series was not there before: it was born with its first event. */
  readonly from: number | undefined;
  readonly to: number;
  readonly labels: Labels;
}

/** Selects a metric's series by their labels. */
export interface SeriesFilter {
  readonly metric: MetricDefinition;
  readonly labels?: Labels;
}

/** The series whose changes are events of a metric: of a histogram its count. */
export const countedName = (metric: MetricDefinition) =>
  metric.type === 'histogram' ? countOf(metric).text : metric.name;

/** A target of a scrape: a process, for our purposes. */
const targetOf = ({ job = '', instance = '' }: Labels) => `${job} ${instance}`;

const keyOf = (labels: Labels) =>
  Object.keys(labels)
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
    .join(',');

/**
 * Every sample seen so far. Fed with overlapping pieces, since samples may reach Prometheus late; a sample is kept once.
 */
export class History {
  readonly #tracks = new Map<
    string,
    { labels: Labels; points: Map<number, number>; sorted: Point[] | undefined }
  >();
  readonly #byName = new Map<string, Set<string>>();
  readonly #scrapeTimes = new Map<string, readonly number[]>();

  add(series: readonly Series[]): void {
    this.#scrapeTimes.clear();
    for (const { labels, points } of series) {
      const key = keyOf(labels);
      let track = this.#tracks.get(key);
      if (track === undefined) {
        track = { labels, points: new Map(), sorted: undefined };
        this.#tracks.set(key, track);
        const name = labels.__name__ ?? '';
        const known = this.#byName.get(name) ?? new Set();
        this.#byName.set(name, known.add(key));
      }
      for (const [time, value] of points) {
        if (track.points.has(time)) continue;
        track.points.set(time, value);
        track.sorted = undefined;
      }
    }
  }

  /** The series that a selector names. */
  tracks(selector: SeriesFilter): ScrapedSeries[] {
    const wanted = Object.entries(selector.labels ?? {});
    const found: ScrapedSeries[] = [];
    for (const key of this.#byName.get(countedName(selector.metric)) ?? []) {
      const track = this.#tracks.get(key);
      if (track === undefined || !wanted.every(([name, value]) => track.labels[name] === value)) continue;
      track.sorted ??= [...track.points].sort((a, b) => a[0] - b[0]);
      found.push({ labels: track.labels, points: track.sorted });
    }
    return found;
  }

  /**
   * The newest sample of each series at a moment. A series that its target no longer served is absent, as it is when
   * the sample is older than `within` seconds.
   */
  at(selector: SeriesFilter, time: number, within = 300): { labels: Labels; time: number; value: number }[] {
    return this.tracks(selector).flatMap(({ labels, points }) => {
      const point = points.findLast(([at]) => at <= time);
      if (point === undefined || point[0] < time - within) return [];
      if (this.#wasScrapedBetween(labels, point[0], time)) return [];
      return [{ labels, time: point[0], value: point[1] }];
    });
  }

  /** Times of a target's scrapes that succeeded, oldest first. */
  #scrapes(labels: Labels): readonly number[] {
    const target = targetOf(labels);
    let times = this.#scrapeTimes.get(target);
    if (times === undefined) {
      times = this.tracks({ metric: up })
        .filter((track) => targetOf(track.labels) === target)
        .flatMap(({ points }) => points.filter(([, value]) => value === 1).map(([time]) => time))
        .sort((a, b) => a - b);
      this.#scrapeTimes.set(target, times);
    }
    return times;
  }

  /** Whether the series' target was scraped with success between two moments, so that what it lacked was not there. */
  #wasScrapedBetween(labels: Labels, from: number, to: number): boolean {
    const times = this.#scrapes(labels);
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) <= from) low = middle + 1;
      else high = middle;
    }
    const next = times[low];
    return next !== undefined && next < to;
  }

  /**
   * The changes of the selected series from a moment on, oldest first. A series that appears where its target had been
   * scraped without it counts as a change from nothing: it was born, or born again after a restart. Where the target
   * was not scraped before, the age of the series is unknown: `firstSights` includes these.
   */
  changes(selector: SeriesFilter, from: number, options: { readonly firstSights?: boolean } = {}): Change[] {
    const changes = this.tracks(selector).flatMap(({ labels, points }) =>
      points.flatMap(([time, to], i): Change[] => {
        if (time < from) return [];
        const before = points[i - 1];
        if (this.#wasScrapedBetween(labels, before?.[0] ?? Number.NEGATIVE_INFINITY, time)) {
          return [{ time, from: undefined, to, labels }];
        }
        if (before === undefined) {
          return options.firstSights === true ? [{ time, from: undefined, to, labels }] : [];
        }
        return before[1] === to ? [] : [{ time, from: before[1], to, labels }];
      }),
    );
    return changes.sort((a, b) => a.time - b.time);
  }

  /**
   * The moments after which a counter had counted more, oldest first: it rose, it was born (its first sample counts
   * its first event), or it started again after a restart and has counted since.
   */
  counts(selector: SeriesFilter, from: number): Change[] {
    return this.changes(selector, from).filter(({ to }) => to > 0);
  }
}
