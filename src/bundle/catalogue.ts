import type { MetricDefinition } from '../model/metric.js';
import { type MetricSeries, seriesOf } from '../model/metric-series.js';
import type { RecordingRuleDefinition } from '../model/rules.js';

/** A series name that expressions may use, and what is known of it. */
export interface CatalogueEntry {
  readonly name: string;
  readonly labels: ReadonlySet<string>;
  /** `recorded` for our own series. */
  readonly type: MetricSeries['type'] | 'recorded';
  readonly metric?: MetricDefinition;
  readonly recorded?: RecordingRuleDefinition;
}

/** All series names the bundle may use: the contract's and those it records itself. */
export class Catalogue {
  readonly #series = new Map<string, CatalogueEntry>();

  constructor(
    metrics: readonly MetricDefinition[],
    recorded: readonly RecordingRuleDefinition[],
    groupBy: readonly string[],
  ) {
    for (const metric of metrics) {
      for (const { name, type, labels } of seriesOf(metric)) {
        this.#series.set(name, { name, type, metric, labels: new Set([...labels, ...groupBy]) });
      }
    }
    for (const definition of recorded) {
      this.#series.set(definition.record, {
        name: definition.record,
        type: 'recorded',
        recorded: definition,
        labels: new Set([...definition.labels, ...groupBy]),
      });
    }
  }

  get(name: string): CatalogueEntry | undefined {
    return this.#series.get(name);
  }

  labelsOf(name: string): ReadonlySet<string> | undefined {
    return this.#series.get(name)?.labels;
  }

  /** Every name, for suggestions. */
  names(): string[] {
    return [...this.#series.keys()];
  }
}
