import { metrics } from '../../metrics/index.js';
import { ExpositionError, parseExposition } from './exposition.js';
import { LoadError, loadExposition } from './load.js';
import { verifyMetrics } from './verify.js';

/** The jobs a `/metrics` page can belong to. */
export type Job = 'gateway' | 'exporter' | 'escrow';

export interface VerifyResult {
  readonly exitCode: 0 | 1 | 2;
  readonly output: string;
}

/** Whose page it is, judged by which job's metrics it has most of. */
function guessJob(names: ReadonlySet<string>): Job {
  const score = (job: Job) =>
    metrics.filter((metric) => metric.origin === job && names.has(metric.name)).length;
  const jobs: Job[] = ['gateway', 'exporter', 'escrow'];
  return jobs.reduce((best, job) => (score(job) > score(best) ? job : best), 'gateway');
}

/** Runs `verify`: loads a page, compares it with the contract, and says what differs. Never throws for a bad page. */
export async function runVerify(options: {
  metrics: string;
  job?: Job;
  json?: boolean;
}): Promise<VerifyResult> {
  let families: ReturnType<typeof parseExposition>;
  try {
    families = parseExposition(await loadExposition(options.metrics));
  } catch (error) {
    if (error instanceof LoadError) return { exitCode: 2, output: error.message };
    if (error instanceof ExpositionError)
      return { exitCode: 2, output: `${options.metrics}: ${error.message}` };
    throw error;
  }
  const job = options.job ?? guessJob(new Set(families.keys()));
  const contract = metrics.filter((metric) => metric.origin === job);
  const findings = verifyMetrics(families, contract);
  const problems = findings.filter(({ severity }) => severity === 'problem').length;
  const exitCode = problems === 0 ? 0 : 1;
  if (options.json === true) return { exitCode, output: JSON.stringify({ job, findings }, null, 2) };
  const lines = findings.map(
    ({ severity, metric, message }) =>
      `${options.metrics}: ${metric}: ${message}${severity === 'warning' ? ' (warning)' : ''}`,
  );
  const summary = `${options.metrics}: ${contract.length} metrics of the ${job} compared, ${problems} problem${problems === 1 ? '' : 's'}, ${findings.length - problems} warning${findings.length - problems === 1 ? '' : 's'}`;
  return { exitCode, output: [...lines, summary].join('\n') };
}
