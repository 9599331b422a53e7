import { up } from '../../metrics/prometheus.js';
import { labelsText } from '../prometheus/sample-text.js';
import { numberText } from '../promql/literals.js';
import type { Scrape, TargetScrape } from './run.js';

/** A series in promtool's words. */
export interface InputSeries {
  readonly series: string;
  /** Value list in promtool's short notation: `_x3 1x10 1+1x4 stale`. */
  readonly values: string;
}

type Step = number | 'absent' | 'stale';

/** Joins equal and evenly rising values as they come. */
class ValueList {
  readonly #parts: string[] = [];
  #first: Step = 'absent';
  #last: Step = 'absent';
  #delta = 0;
  #count = 0;

  add(step: Step, times = 1): void {
    if (this.#count > 0 && this.#extend(step)) {
      this.#count += 1;
    } else if (this.#count === 2 && this.#delta !== 0 && typeof step === 'number') {
      // Two values are not a run yet: the second may begin another one.
      const second = this.#last;
      this.#count = 1;
      this.#flush();
      this.#first = second;
      this.#delta = 0;
      this.#count = 1;
      this.add(step);
    } else {
      this.#flush();
      this.#first = step;
      this.#delta = 0;
      this.#count = 1;
    }
    this.#last = step;
    if (times > 1) {
      // The rest repeats the last value, so it can only go on where that did not rise.
      if (step === 'stale' || this.#delta !== 0) this.add(step, times - 1);
      else this.#count += times - 1;
    }
  }

  text(): string {
    this.#flush();
    return this.#parts.join(' ');
  }

  /** Whether the value goes on where the current run stands. */
  #extend(step: Step): boolean {
    const last = this.#last;
    if (step === 'stale' || last === 'stale') return false;
    if (step === 'absent' || last === 'absent') return step === last;
    const delta = Object.is(step, last) ? 0 : step - last;
    // Only whole numbers add up without an error in the last digit.
    if (delta !== 0 && !(Number.isSafeInteger(step) && Number.isSafeInteger(last))) return false;
    if (this.#count === 1) this.#delta = delta;
    return this.#delta === delta;
  }

  #flush(): void {
    const first = this.#first;
    const more = this.#count - 1;
    if (this.#count === 0) return;
    if (first === 'stale') this.#parts.push('stale');
    else if (first === 'absent') this.#parts.push(more === 0 ? '_' : `_x${this.#count}`);
    else if (more === 0) this.#parts.push(numberText(first));
    else if (more === 1 && this.#delta !== 0)
      this.#parts.push(numberText(first), numberText(first + this.#delta));
    else if (this.#delta === 0) this.#parts.push(`${numberText(first)}x${more}`);
    else
      this.#parts.push(`${numberText(first)}${this.#delta < 0 ? '-' : '+'}${Math.abs(this.#delta)}x${more}`);
    this.#count = 0;
  }
}

interface Recorded {
  readonly values: ValueList;
  /** Number of steps written so far. */
  steps: number;
  /** Whether the last scrape of its target had it. */
  alive: boolean;
}

/**
 * Turns scrapes into promtool's `input_series`, one value for each scrape time. As Prometheus does, it writes `up` for
 * every target and ends a series with a staleness marker when it vanishes from a successful scrape, when a scrape fails
 * or when the target leaves service discovery. While Prometheus itself is down nothing is written, not even markers.
 */
export class InputSeriesRecorder {
  readonly #series = new Map<string, Recorded>();
  #steps = 0;

  add({ targets }: Scrape): void {
    const step = this.#steps;
    this.#steps += 1;
    if (targets === undefined) return;
    for (const target of targets) {
      const { exposition } = target;
      const labels = targetLabels(target);
      this.#write(`${up.name}{${labels}}`, exposition === undefined ? 0 : 1, step);
      for (const { series, value } of exposition?.samples ?? []) {
        this.#write(withLabels(series, labels), value, step);
      }
    }
    for (const recorded of this.#series.values()) {
      if (!recorded.alive || recorded.steps > step) continue;
      this.#append(recorded, 'stale', step);
      recorded.alive = false;
    }
  }

  /** The series in the order in which they first came. Call it once, after the last scrape. */
  inputSeries(): InputSeries[] {
    return [...this.#series].map(([series, { values }]) => ({ series, values: values.text() }));
  }

  #write(series: string, value: number, step: number): void {
    let recorded = this.#series.get(series);
    if (recorded === undefined) {
      recorded = { values: new ValueList(), steps: 0, alive: true };
      this.#series.set(series, recorded);
    }
    recorded.alive = true;
    this.#append(recorded, value, step);
  }

  #append(recorded: Recorded, value: Step, step: number): void {
    if (recorded.steps < step) recorded.values.add('absent', step - recorded.steps);
    recorded.values.add(value);
    recorded.steps = step + 1;
  }
}

const targetLabels = ({ job, instance, labels = {} }: TargetScrape): string =>
  labelsText({ job, instance, ...labels });

/** Adds target labels to a series as exposed. */
function withLabels(series: string, labels: string): string {
  const brace = series.indexOf('{');
  return brace < 0
    ? `${series}{${labels}}`
    : `${series.slice(0, brace + 1)}${labels},${series.slice(brace + 1)}`;
}

/** Plays all scrapes into a recorder and gives the input series. */
export async function inputSeriesOf(scrapes: AsyncIterable<Scrape>): Promise<InputSeries[]> {
  const recorder = new InputSeriesRecorder();
  for await (const scrape of scrapes) recorder.add(scrape);
  return recorder.inputSeries();
}

/**
 * Turns scrapes into OpenMetrics text with timestamps, for `promtool tsdb create-blocks-from openmetrics`. That format
 * knows no staleness markers: in a database filled from it a vanished series is seen for another five minutes.
 */
export async function* openMetricsOf(scrapes: AsyncIterable<Scrape>): AsyncGenerator<string> {
  for await (const { epoch, targets } of scrapes) {
    const lines: string[] = [];
    for (const target of targets ?? []) {
      const { exposition } = target;
      const labels = targetLabels(target);
      lines.push(`${up.name}{${labels}} ${exposition === undefined ? 0 : 1} ${epoch}\n`);
      for (const { series, value } of exposition?.samples ?? []) {
        lines.push(`${withLabels(series, labels)} ${numberText(value)} ${epoch}\n`);
      }
    }
    yield lines.join('');
  }
  yield '# EOF\n';
}
