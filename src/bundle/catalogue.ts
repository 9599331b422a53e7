import type { MetricDefinition, MetricType } from '../model/metric.js';
import type { RecordingRuleDefinition } from '../model/rules.js';

/** Labels that Prometheus gives every scraped series. */
const TARGET_LABELS = ['job', 'instance'];

/** A series name that expressions may use, and what is known of it. */
export interface CatalogueEntry {
  readonly name: string;
  readonly labels: ReadonlySet<string>;
  /** `recorded` for our own series; a histogram's parts are `bucket` and, for `_sum` and `_count`, `counter`. */
  readonly type: Exclude<MetricType, 'histogram'> | 'bucket' | 'recorded';
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
      const target = metric.name === 'ALERTS' ? [] : TARGET_LABELS;
      const labels = [...Object.keys(metric.labels), ...target, ...groupBy];
      const add = (name: string, type: CatalogueEntry['type'], extra: string[] = []) =>
        this.#series.set(name, { name, type, metric, labels: new Set([...labels, ...extra]) });
      if (metric.type === 'histogram') {
        add(`${metric.name}_bucket`, 'bucket', ['le']);
        add(`${metric.name}_sum`, 'counter');
        add(`${metric.name}_count`, 'counter');
      } else {
        add(metric.name, metric.type);
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
