import { evaluatedSince, type Observation } from './observe.js';
import type { RecordedRule, Summary } from './summary.js';

/** After this long a summary reports what it has, whatever is missing. Seconds. */
const LIMIT = 150;
/** How long to go on after everything required was seen, so that rules for rarer states get samples too. Seconds. */
const PATIENCE = 20;

/** Judges when every rule was evaluated twice on scraped data. Times are seconds since the epoch. */
export class EvaluationWatch {
  #scrapedAt: number | undefined;
  #completeAt: number | undefined;

  /** @param interval seconds from one evaluation to the next */
  constructor(
    private readonly begin: number,
    private readonly interval: number,
  ) {}

  /** Takes a look into account. Returns whether it was the last one. */
  isLast({ targets, groups }: Observation, recorded: readonly RecordedRule[], now: number): boolean {
    if (targets.length > 0 && targets.every(({ health }) => health === 'up')) this.#scrapedAt ??= now;
    // A group evaluated one interval and a bit after this moment has been evaluated at least twice since.
    const isEvaluated =
      this.#scrapedAt !== undefined && evaluatedSince(groups, this.#scrapedAt + this.interval);
    const isMissing = recorded.some(({ samples, emptyWhen }) => samples === 0 && emptyWhen === undefined);
    if (isEvaluated && !isMissing) this.#completeAt ??= now;
    if (now - this.begin > LIMIT) return true;
    if (this.#completeAt === undefined) return false;
    return recorded.every(({ samples }) => samples > 0) || now >= this.#completeAt + PATIENCE;
  }

  /** A summary at the end, which also fails where it took too long. */
  judged(summary: Summary): Summary {
    if (this.#completeAt !== undefined || !summary.ok) return summary;
    const problem = `rules were not all evaluated twice on scraped data within ${LIMIT} s`;
    return { ...summary, ok: false, problems: [problem] };
  }
}
