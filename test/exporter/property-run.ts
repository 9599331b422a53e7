import { checkFiles } from './property.js';

/*
 * npm run test:exporter:property [-- cases [seed]]
 */

const cases = Number(process.argv[2] ?? 100_000);
const seed = process.argv[3] === undefined ? undefined : Number(process.argv[3]);
const start = performance.now();
const result = await checkFiles(cases, seed);
const seconds = ((performance.now() - start) / 1000).toFixed(0);
console.log(
  `${cases} files, ${result.good} of them readable, nothing wrong; seed ${result.seed}, ${seconds} s`,
);
