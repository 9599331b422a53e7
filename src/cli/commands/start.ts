import { setTimeout as sleep } from 'node:timers/promises';
import { buildBundle } from '../../bundle/build.js';
import type { Bundle } from '../../bundle/bundle.js';
import { definitions } from '../../bundle/definitions.js';
import { formatProblem } from '../../checks/check.js';
import { checkBundle } from '../../checks/index.js';
import { ConfigError } from '../../config/error.js';
import { loadConfig, parseConfig } from '../../config/load.js';
import type { Config } from '../../config/schema.js';
import { DEMONSTRATION_CONFIG, DEMONSTRATION_LEAD, demonstration, FATES } from '../../demo/demonstration.js';
import { evaluatedSince, type Observation, observe } from '../../demo/observe.js';
import { livelier, type Stack, startStack } from '../../demo/stack.js';
import { type RecordedRule, recordedRules, summarize, summaryText } from '../../demo/summary.js';
import { changes, type Story, screen } from '../../demo/view.js';
import { ToolNotFoundError } from '../../processes/find.js';
import { duration, durationSeconds } from '../../promql/duration.js';
import { wantsColours } from '../../terminal/text.js';

export interface StartOptions {
  /** Exit with a summary as soon as every rule was evaluated on scraped data. */
  readonly once: boolean;
  /** Configuration of a site; without it the waits are shortened for somebody who watches. */
  readonly config?: string;
  /** With `once`: the summary as JSON, and nothing else, on standard output. */
  readonly json?: boolean;
}

const INTERVAL = duration('5s');
/** After this long `--once` reports what it has, whatever is missing. */
const ONCE_LIMIT_SECONDS = 150;
/** How long `--once` goes on after everything required was seen, so that rules for rarer states get samples too. */
const ONCE_PATIENCE_SECONDS = 20;

/**
 * The main job: checks the bundle, then runs a simulated gateway and workers, the exporters and a real Prometheus with
 * the generated rules, and shows what comes of it, until Ctrl-C. Leaves no process and no file behind.
 *
 * @returns the exit code: 0 fine, 1 problems found, 2 unusable configuration or a missing tool
 */
export async function runStart(options: StartOptions): Promise<number> {
  const quiet = options.json === true;
  const say = (text: string) => {
    if (!quiet) process.stdout.write(`${text}\n`);
  };
  let bundle: Bundle;
  try {
    bundle = buildBundle(siteConfig(options.config), definitions(), options.config ?? 'configuration');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  const problems = checkBundle(bundle);
  if (problems.length > 0) {
    for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const count = (groups: readonly { rules: readonly unknown[] }[]) =>
    groups.reduce((sum, { rules }) => sum + rules.length, 0);
  say(`checked: ${count(bundle.recordingGroups)} recording rules and ${count(bundle.alertGroups)} alerts`);

  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  const begin = Date.now();
  let stack: Stack | undefined;
  try {
    stack = await startStack({ bundle, scenario: demonstration, alreadyPassed: DEMONSTRATION_LEAD, say });
    const story = storyOf(stack, options.config === undefined, begin);
    if (interrupted.signal.aborted) return options.once ? 1 : 0;
    if (options.once) return await once(bundle, stack, begin, options.json === true, interrupted.signal);
    await live(stack, story, interrupted.signal);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return error instanceof ToolNotFoundError ? 2 : 1;
  } finally {
    await stack?.stop();
    for (const signal of signals) process.removeListener(signal, interrupt);
    if (interrupted.signal.aborted) say('stopped; no process and no file is left');
  }
}

function siteConfig(file: string | undefined): Config {
  if (file === undefined) return parseConfig(DEMONSTRATION_CONFIG);
  const config = loadConfig(file);
  // Shorter intervals could hide that the site's own values do not go together.
  buildBundle(config, definitions(), file);
  return livelier(config, INTERVAL);
}

/** What the screen tells besides what Prometheus knows. */
function storyOf(stack: Stack, isDemonstration: boolean, begin: number): () => Story {
  const { world } = stack.simulation;
  const relays = world.relays.map(({ key, index }) => ({
    relay: key,
    worker: `worker ${world.workers.findIndex(({ worker }) => worker.relays.some((r) => r.key === key)) + 1}`,
    fate: FATES[index] ?? '',
  }));
  const addresses: [string, string][] = [
    ['Prometheus', `${stack.prometheus.url}/alerts`],
    ['Exporter', `${stack.exporterUrls[0]}/`],
    ['Gateway', `${stack.gatewayUrls[0]}/metrics`],
  ];
  const remarks = [
    `Scraped and evaluated every ${INTERVAL} here.`,
    ...(isDemonstration ? ['For this demonstration waits are shortened, and leases last 4 minutes.'] : []),
  ];
  return () => ({ running: (Date.now() - begin) / 1000, relays, addresses, remarks });
}

/** Watches until every rule was evaluated twice on scraped data, then prints the summary. */
async function once(
  bundle: Bundle,
  stack: Stack,
  begin: number,
  json: boolean,
  signal: AbortSignal,
): Promise<number> {
  const { client } = stack.prometheus;
  const interval = durationSeconds(bundle.config.evaluationInterval);
  const elapsed = () => (Date.now() - begin) / 1000;
  let scrapedAt: number | undefined;
  let completeAt: number | undefined;
  let observation: Observation;
  let recorded: RecordedRule[];
  for (;;) {
    stack.checkAlive();
    observation = await observe(client);
    recorded = await recordedRules(bundle, client);
    const { targets, groups } = observation;
    if (scrapedAt === undefined && targets.length > 0 && targets.every(({ health }) => health === 'up')) {
      scrapedAt = Date.now() / 1000;
    }
    // A group evaluated one interval and a bit after this moment has been evaluated at least twice since.
    const evaluated = scrapedAt !== undefined && evaluatedSince(groups, scrapedAt + interval);
    const missing = recorded.some(({ samples, emptyWhen }) => samples === 0 && emptyWhen === undefined);
    if (evaluated && !missing) completeAt ??= elapsed();
    const everything = recorded.every(({ samples }) => samples > 0);
    const patient = completeAt !== undefined && elapsed() < completeAt + ONCE_PATIENCE_SECONDS && !everything;
    if ((completeAt !== undefined && !patient) || elapsed() > ONCE_LIMIT_SECONDS || signal.aborted) break;
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
  if (signal.aborted) return 1;
  const judged = summarize(observation, recorded, elapsed());
  const late = completeAt === undefined && judged.ok;
  const summary = late
    ? {
        ...judged,
        ok: false,
        problems: [`rules were not all evaluated twice on scraped data within ${ONCE_LIMIT_SECONDS} s`],
      }
    : judged;
  process.stdout.write(`${json ? JSON.stringify(summary, null, 2) : summaryText(summary)}\n`);
  return summary.ok ? 0 : 1;
}

/** Shows what happens until it is interrupted. */
async function live(stack: Stack, story: () => Story, signal: AbortSignal): Promise<void> {
  const { stdout } = process;
  const fullScreen = stdout.isTTY === true && process.env.TERM !== 'dumb';
  let last: Observation | undefined;
  if (fullScreen) stdout.write('\x1b[?1049h\x1b[?25l');
  else {
    for (const [title, address] of story().addresses) stdout.write(`${title}: ${address}\n`);
    for (const remark of story().remarks) stdout.write(`${remark}\n`);
  }
  const draw = () => {
    const width = stdout.columns || 80;
    const height = stdout.rows || 24;
    const lines = screen(last, story(), { colours: wantsColours(stdout), width }, height);
    // Each line is cleared to its end and the rest of the screen below: nothing flickers.
    stdout.write(
      `\x1b[H${lines
        .slice(0, height)
        .map((line) => `${line}\x1b[K`)
        .join('\r\n')}\x1b[J`,
    );
  };
  if (fullScreen) stdout.on('resize', draw);
  try {
    while (!signal.aborted) {
      stack.checkAlive();
      const observation = await observe(stack.prometheus.client);
      if (!fullScreen) for (const line of changes(last, observation, story())) stdout.write(`${line}\n`);
      last = observation;
      if (fullScreen) draw();
      await sleep(1000, undefined, { signal }).catch(() => {});
    }
  } finally {
    if (fullScreen) {
      stdout.off('resize', draw);
      stdout.write('\x1b[?25h\x1b[?1049l');
    }
  }
}
