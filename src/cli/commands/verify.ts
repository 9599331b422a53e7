import { metrics } from '../../../metrics/index.js';
import { ExpositionError, parseExposition } from '../../prometheus/exposition.js';
import { LoadError, type LoadOptions, loadExposition, nameOf } from '../../verify/load.js';
import { verifyMetrics } from '../../verify/verify.js';

/** The jobs a `/metrics` page can belong to. */
export const JOBS = ['gateway', 'exporter', 'escrow'] as const;
export type Job = (typeof JOBS)[number];

export interface VerifyOptions {
  /** An http(s) address, or a file. */
  readonly metrics: string;
  /** Whose page it is; judged by the metrics it has without it. */
  readonly job?: Job;
  readonly json?: boolean;
  readonly load?: LoadOptions;
}

export interface VerifyResult {
  /** 0 fine (warnings included), 1 problems found, 2 no page to compare. */
  readonly exitCode: 0 | 1 | 2;
  readonly output: string;
}

const contractOf = (job: Job) => metrics.filter(({ origin }) => origin === job);

/** Whose page it is, judged by which job's metrics it has most of; the gateway's where nothing tells. */
function guessJob(names: ReadonlySet<string>): Job {
  const score = (job: Job) => contractOf(job).filter(({ name }) => names.has(name)).length;
  return JOBS.reduce((best, job) => (score(job) > score(best) ? job : best));
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Runs `verify`: loads a page, compares it with the contract, and says what differs. Never throws for a bad page. */
export async function runVerify(options: VerifyOptions): Promise<VerifyResult> {
  const page = nameOf(options.metrics);
  let families: ReturnType<typeof parseExposition>;
  try {
    families = parseExposition(await loadExposition(options.metrics, options.load));
  } catch (error) {
    if (error instanceof LoadError) return { exitCode: 2, output: error.message };
    if (error instanceof ExpositionError) return { exitCode: 2, output: `${page}: ${error.message}` };
    throw error;
  }
  if (families.size === 0) {
    return { exitCode: 2, output: `${page}: found no metric at all, expected a /metrics page` };
  }
  const job = options.job ?? guessJob(new Set(families.keys()));
  const contract = contractOf(job);
  const findings = verifyMetrics(families, contract);
  const problems = findings.filter(({ severity }) => severity === 'problem').length;
  const exitCode = problems === 0 ? 0 : 1;
  if (options.json === true) {
    return { exitCode, output: JSON.stringify({ job, compared: contract.length, findings }, null, 2) };
  }
  const lines = findings.map(
    ({ severity, metric, message }) =>
      `${page}: ${metric}: ${message}${severity === 'warning' ? ' (warning)' : ''}`,
  );
  const compared = `${counted(contract.length, 'metric')} of the ${job} compared`;
  const found = `${counted(problems, 'problem')}, ${counted(findings.length - problems, 'warning')}`;
  const guess = options.job === undefined ? ' (job guessed from the metrics; --job names it)' : '';
  return { exitCode, output: [...lines, `${page}: ${compared}, ${found}${guess}`].join('\n') };
}
