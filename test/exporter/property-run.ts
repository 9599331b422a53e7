import { checkFiles, checkHistories } from './property.js';

/*
 * npm run test:exporter:property [-- cases [seed]]
 */

const cases = Number(process.argv[2] ?? 100_000);
const seed = process.argv[3] === undefined ? undefined : Number(process.argv[3]);
const start = performance.now();
const result = await checkFiles(cases, seed);
// A history is up to nine versions of a few hundred relays.
const histories = Math.ceil(cases / 50);
await checkHistories(histories, result.seed);
const seconds = ((performance.now() - start) / 1000).toFixed(0);
console.log(
  `${cases} files, ${result.good} of them readable, and ${histories} histories, nothing wrong; seed ${result.seed}, ${seconds} s`,
);
