import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/package/root.js';
import { findTool, toolVersion } from '../../src/processes/find.js';
import { rulesHash } from '../../src/simulator/detection.js';
import { seconds } from '../../src/simulator/scenario.js';
import { account, asScenario } from './as-scenario.js';
import { judge, type Violation } from './judge.js';
import { Log, type LoggedWorld, simulatorHash } from './log.js';
import { play } from './play.js';
import { writeResults } from './results.js';
import { shrink } from './shrink.js';
import { sites } from './sites.js';
import { summaryOf } from './summary.js';
import { overlapOf, randomWorld, type SearchWorld, type Size, SMALL, USUAL } from './worlds.js';

// npm run search -- --seed 1 --worlds 200 [--size usual|small] [--log file] [--shrink] [--write]

const SIZES: Readonly<Record<string, Size>> = { usual: USUAL, small: SMALL };
/** Worlds of one site that a promtool evaluates together. */
const TOGETHER = 8;
/** Worlds that are drawn before they are sorted by site. */
const DRAWN = 96;

function usage(message: string): never {
  process.stderr.write(
    `${message}\nusage: npm run search -- [--seed N] [--worlds N] [--size usual|small] [--log FILE] [--shrink] [--write]\n`,
  );
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
      },
    });
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
  // The sites that take longest come first in their list; what is cheap shows its faults sooner.
  return [...sites].reverse().flatMap((site) => {
    const of = worlds
      .filter((world) => world.site === site)
      .sort((a, b) => seconds(a.scenario.duration) - seconds(b.scenario.duration));
    const alone = of.filter(needsToBeAlone);
    const others = of.filter((world) => !needsToBeAlone(world));
    const together = Array.from({ length: Math.ceil(others.length / TOGETHER) }, (_, i) =>
      others.slice(i * TOGETHER, (i + 1) * TOGETHER),
    );
    return [...together, ...alone.map((world) => [world])];
  });
}

/** Whether all targets of a job may be gone at once, which only an alert without any label says. */
const needsToBeAlone = ({ faults, scenario }: SearchWorld) =>
  faults.some(
    ({ kind }) =>
      (kind === 'gateway leaves discovery' && (scenario.gateways ?? 1) === 1) ||
      (kind === 'exporter leaves discovery' && (scenario.workers?.length ?? 1) === 1),
  );

const options = optionsOf();
const subject = {
  prometheus: (await toolVersion('promtool', await findTool('promtool'))).text,
  rules: rulesHash(),
  simulator: simulatorHash(),
  size: options.sizeName,
};
const file =
  options.log ??
  join(
    packageRoot,
    '.cache',
    'search',
    `${subject.size}-${subject.prometheus}-${subject.rules}-${subject.simulator}.jsonl`,
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
for (let from = 0; from < left.length; from += DRAWN) {
  const drawn = left.slice(from, from + DRAWN).map((seed) => randomWorld(seed, options.size));
  for (const batch of batches(drawn)) {
    const played = await play(batch.map(({ scenario }) => scenario));
    for (const [i, one] of played.entries()) {
      const world = batch[i] as SearchWorld;
      const { violations, excused, delays, right } = judge(one);
      const entry: LoggedWorld = {
        seed: world.seed,
        site: world.site.name,
        relays: world.scenario.relays ?? 1,
        seconds: seconds(world.scenario.duration),
        faults: world.faults.map(({ kind }) => kind),
        overlap: overlapOf(world.faults),
        violations,
        excused,
        delays,
        right: Object.fromEntries(right),
      };
      log.add(entry);
      for (const violation of violations) {
        const key = `${violation.property}: ${violation.subject}`;
        if (shown.has(key)) continue;
        shown.set(key, { world, violation });
        process.stdout.write(`world ${world.seed}: ${key}: ${violation.detail}\n`);
      }
    }
    done += batch.length;
    process.stderr.write(`${done} of ${left.length} worlds\n`);
  }
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
