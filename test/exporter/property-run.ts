import { checkFiles, checkHistories } from './property.js';

/*
 * npm run test:exporter:property [-- cases [seed]]
 */

const cases = Number(process.argv[2] ?? 100_000);
const seed = process.argv[3] === undefined ? undefined : Number(process.argv[3]);
const start = performance.now();
const seconds = () => ((performance.now() - start) / 1000).toFixed(0);
const progress = (what: string, all: number) => (checked: number) => {
  console.log(`${checked} of ${all} ${what}, ${seconds()} s`);
};
const result = await checkFiles(cases, seed, progress('files', cases));
// A history is up to nine versions of a few hundred relays.
const histories = Math.ceil(cases / 50);
await checkHistories(histories, result.seed, progress('histories', histories));
const { user, system } = process.cpuUsage();
const processor = ((user + system) / 1e6).toFixed(0);
console.log(
  `${cases} files, ${result.good} of them readable, and ${histories} histories, nothing wrong; seed ${result.seed}, ${seconds()} s, ${processor} s of them processor time of this process`,
);
