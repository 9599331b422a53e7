/**
 * Changes rules, dashboards and manifests at random, compares each with what it was, and lists the changes about which nothing was
 * said:
 *
 *   npm run test:diff:property [-- <changes> [<seed> [<folder>]]]
 *
 * Without a folder, what is committed here is changed. Exit code 1 when a change was silent.
 */
import { committedSamples, samplesIn } from './samples.js';
import { silentChanges } from './silent-changes.js';

const [count = '10000', seed = String(Date.now() % 2 ** 32), folder] = process.argv.slice(2);
for (const [what, text] of Object.entries({ changes: count, seed })) {
  if (/^\d+$/.test(text)) continue;
  console.error(`${what}: found ${JSON.stringify(text)}, expected a whole number`);
  process.exit(2);
}
const samples = folder === undefined ? committedSamples() : samplesIn(folder);
const silent = silentChanges(samples, Number(count), Number(seed));
for (const { path, change } of silent) console.log(`${path}: ${change}`);
console.log(`${count} changes of ${samples.length} samples, ${silent.length} silent; seed ${seed}`);
process.exitCode = silent.length > 0 ? 1 : 0;
