import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { packageRoot } from '../../src/package/root.js';
import { findTool, toolVersion } from '../../src/processes/find.js';
import { rulesHash, textsHash } from '../../src/simulator/detection.js';
import { seconds } from '../../src/simulator/scenario.js';
import { account, asScenario } from './as-scenario.js';
import { judge, type Violation } from './judge.js';
import { STOP_PROMETHEUS } from './kinds.js';
import { Log, simulatorHash } from './log.js';
import { play } from './play.js';
import { writeResults } from './results.js';
import { shrink } from './shrink.js';
import { sites } from './sites.js';
import { summaryOf } from './summary.js';
import { overlapOf, randomWorld, type SearchWorld, type Size, SMALL, USUAL } from './worlds.js';

// npm run search -- --seed 1 --worlds 200 [--size usual|small] [--log file] [--shrink] [--write]

const SIZES: Readonly<Record<string, Size>> = { usual: USUAL, small: SMALL };
/** Worlds of one site that a promtool evaluates together. */
const TOGETHER = 32;
/** Worlds that are drawn before they are sorted by site. A log ends within as many of the last seed. */
const DRAWN = 400;
/** Batches that are played at the same time: one is simulated while another is evaluated. */
const LANES = 2;

const USAGE =
  'usage: npm run search -- [--seed N] [--worlds N] [--size usual|small] [--log FILE] [--shrink] [--write]\n';

function usage(message: string): never {
  process.stderr.write(`${message}\n${USAGE}`);
  process.exit(2);
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    usage(`--${name}: found ${JSON.stringify(text)}, expected a whole number from ${least} on`);
  return value;
}

function optionsOf() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string', default: '1' },
        worlds: { type: 'string', default: '20' },
        size: { type: 'string', default: 'usual' },
        log: { type: 'string' },
        shrink: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const size = SIZES[values.size];
    if (size === undefined) usage(`--size: found ${JSON.stringify(values.size)}, expected usual or small`);
    return {
      seed: wholeNumber('seed', values.seed, 0),
      worlds: wholeNumber('worlds', values.worlds, 1),
      size,
      sizeName: values.size,
      log: values.log,
      shrinks: values.shrink,
      writes: values.write,
    };
  } catch (error) {
    usage((error as Error).message);
  }
}

/** Worlds of one site, and of similar lengths, that are evaluated together. */
function batches(worlds: readonly SearchWorld[]): SearchWorld[][] {
  const isPaused = ({ faults }: SearchWorld) => faults.some(({ kind }) => STOP_PROMETHEUS.includes(kind));
  // The sites that take longest come first in their list; what is cheap shows its faults sooner.
  return [...sites].reverse().flatMap((site) => {
    const of = worlds.filter((world) => world.site === site);
    // The rules of a batch in which Prometheus is down for a while cost more.
    return [of.filter(isPaused), of.filter((world) => !isPaused(world))].flatMap((some) => {
      const sorted = some.sort((a, b) => seconds(a.scenario.duration) - seconds(b.scenario.duration));
      return Array.from({ length: Math.ceil(sorted.length / TOGETHER) }, (_, i) =>
        sorted.slice(i * TOGETHER, (i + 1) * TOGETHER),
      );
    });
  });
}

const options = optionsOf();
const subject = {
  prometheus: (await toolVersion('promtool', await findTool('promtool'))).text,
  rules: rulesHash(),
  texts: textsHash(),
  simulator: simulatorHash(),
  size: options.sizeName,
};
const file =
  options.log ??
  join(
    packageRoot,
    '.cache',
    'search',
    `${subject.size}-${subject.prometheus}-${subject.rules}-${subject.texts}-${subject.simulator}.jsonl`,
  );
let log: Log;
try {
  log = new Log(file, subject);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
}
const seeds = Array.from({ length: options.worlds }, (_, i) => options.seed + i);
const left = seeds.filter((seed) => !log.worlds.has(seed));
process.stdout.write(
  `Prometheus ${subject.prometheus}, log ${file}; ${seeds.length - left.length} of ${seeds.length} worlds are in it\n`,
);
const shown = new Map<string, { world: SearchWorld; violation: Violation }>();
let done = 0;

/** Plays worlds, judges them and adds them to the log. */
async function search(batch: readonly SearchWorld[]): Promise<void> {
  const played = await play(batch.map(({ scenario }) => scenario));
  for (const [i, one] of played.entries()) {
    const world = batch[i] as SearchWorld;
    const { right, compared, ...judged } = judge(one);
    log.add({
      seed: world.seed,
      site: world.site.name,
      relays: world.scenario.relays ?? 1,
      seconds: seconds(world.scenario.duration),
      faults: world.faults.map(({ kind }) => kind),
      overlap: overlapOf(world.faults),
      ...judged,
      right: Object.fromEntries(right),
      compared: Object.fromEntries(compared),
    });
    for (const violation of judged.violations) {
      const key = `${violation.property}: ${violation.subject}`;
      if (shown.has(key)) continue;
      shown.set(key, { world, violation });
      process.stdout.write(`world ${world.seed}: ${key}: ${violation.detail}\n`);
    }
  }
  done += batch.length;
  process.stderr.write(`${done} of ${left.length} worlds\n`);
}

for (let from = 0; from < left.length; from += DRAWN) {
  const drawn = left.slice(from, from + DRAWN).map((seed) => randomWorld(seed, options.size));
  const lane = pLimit(LANES);
  await Promise.all(batches(drawn).map((batch) => lane(() => search(batch))));
}
if (options.shrinks) {
  for (const [key, { world, violation }] of shown) {
    const smallest = await shrink(world.scenario, violation, {
      report: (text) => process.stderr.write(`${key}: ${text}\n`),
    });
    process.stdout.write(
      `\n${key} (world ${world.seed}): ${smallest.violation.detail}\n${asScenario(smallest.scenario)}\n${account(smallest.played, smallest.violation)}\n`,
    );
  }
}
const worlds = seeds.flatMap((seed) => log.worlds.get(seed) ?? []);
process.stdout.write(`${summaryOf(worlds)}\n`);
if (options.writes) writeResults(subject, worlds);
process.exitCode = worlds.some(({ violations }) => violations.length > 0) ? 1 : 0;
