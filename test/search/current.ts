import { rulesHash, searchRun, textsHash } from '../../src/simulator/detection.js';
import { simulatorHash } from './log.js';

// npm run search:current: whether the committed results are of the rules and of the simulator as they are now. The nightly run asks.
// Texts do not decide when an alert fires, and the fixed worlds of `npm test` judge them with every change.
const run = searchRun();
const again = 'run npm run search -- --worlds 2000 --write';
const say = (text: string) => process.stdout.write(`docs/search: ${text}\n`);
const isStale = run === undefined || run.rules !== rulesHash() || run.simulator !== simulatorHash();
if (run === undefined) say(`no results are committed; ${again}`);
else if (isStale) say(`the results are of other rules or of another simulator; ${again}`);
else if (run.texts !== textsHash()) say('texts of alerts have changed since the run; the rules have not');
process.exitCode = isStale ? 1 : 0;
