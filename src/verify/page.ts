import { metrics } from '../../metrics/index.js';
import { ExpositionError, parseExposition } from '../prometheus/exposition.js';
import { JOBS, type Job } from './jobs.js';
import { displayName, LoadError, type LoadOptions, loadExposition } from './load.js';
import { verifyMetrics } from './verify.js';

export interface PageOptions {
  /** Whose page it is; judged by the metrics it has without it. */
  readonly job?: Job;
  readonly load?: LoadOptions;
}

/** What a comparison of a page with the contract found. */
export interface Verification {
  /** The page, as messages name it. */
  readonly page: string;
  readonly job: Job;
  readonly isJobGuessed: boolean;
  /** How many metrics the contract has for the job. */
  readonly compared: number;
  readonly findings: ReturnType<typeof verifyMetrics>;
}

const contractOf = (job: Job) => metrics.filter(({ origin }) => origin === job);

/** Whose page it is: the job of which it has the most metrics, or else the gateway. */
function guessJob(names: ReadonlySet<string>): Job {
  const score = (job: Job) => contractOf(job).filter(({ name }) => names.has(name)).length;
  return JOBS.reduce((best, job) => (score(job) > score(best) ? job : best));
}

/**
 * Loads a `/metrics` page and compares it with the contract.
 *
 * @param from an http(s) address, or a file
 * @throws {LoadError} when there is no page to compare
 */
export async function verifyPage(from: string, options: PageOptions = {}): Promise<Verification> {
  const page = displayName(from);
  let families: ReturnType<typeof parseExposition>;
  try {
    families = parseExposition(await loadExposition(from, options.load));
  } catch (error) {
    if (error instanceof ExpositionError) throw new LoadError(`${page}: ${error.message}`);
    throw error;
  }
  if (families.size === 0) {
    throw new LoadError(`${page}: found no metrics, expected a /metrics page`);
  }
  const job = options.job ?? guessJob(new Set(families.keys()));
  const contract = contractOf(job);
  return {
    page,
    job,
    isJobGuessed: options.job === undefined,
    compared: contract.length,
    findings: verifyMetrics(families, contract),
  };
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** How many findings are more than a warning. */
export const problemsOf = ({ findings }: Verification) =>
  findings.filter(({ severity }) => severity === 'problem').length;

/** The findings as text, and a summary. */
export function verificationText(verification: Verification): string {
  const { page, job, isJobGuessed, compared, findings } = verification;
  const problems = problemsOf(verification);
  const lines = findings.map(
    ({ severity, metric, message }) =>
      `${page}: ${metric}: ${message}${severity === 'warning' ? ' (warning)' : ''}`,
  );
  const found = `${counted(problems, 'problem')}, ${counted(findings.length - problems, 'warning')}`;
  const guess = isJobGuessed ? ' (job guessed from the metrics; --job names it)' : '';
  return [...lines, `${page}: ${counted(compared, 'metric')} of the ${job} compared, ${found}${guess}`].join(
    '\n',
  );
}
