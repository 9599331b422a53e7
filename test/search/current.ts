import { detection } from '../../src/simulator/detection.js';
import { simulatorHash } from './log.js';

// npm run search:current: whether the committed results are of the rules and of the simulator as they are now. The nightly run asks.
const { search, rules } = detection();
const simulator = simulatorHash();
const stale = search.filter((result) => result.rules !== rules || result.simulator !== simulator);
if (search.length === 0) process.stdout.write('no results of the search are committed\n');
for (const { signal } of stale)
  process.stdout.write(
    `docs/search/${signal}.json: is of other rules or of another simulator: run npm run search -- --worlds 200 --write\n`,
  );
process.exitCode = search.length === 0 || stale.length > 0 ? 1 : 0;
