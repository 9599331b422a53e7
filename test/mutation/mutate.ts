import { writeEvidence } from './evidence.js';
import { allRules, judge, mutantsOfRules, recordProven, staleEquivalents } from './gate.js';

// npm run mutate [-- rule ...]: every mutant of every rule, or of the rules named. A rule of which all mutants are dead is recorded
// as proven, whatever becomes of the others.
const named = process.argv.slice(2);
const all = [...allRules().keys()];
const unknown = named.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no rule is named ${unknown.join(', ')}\n`);
  process.exit(2);
}
const rules = named.length > 0 ? named : all;
const mutants = mutantsOfRules(rules);
let done = 0;
const verdict = await judge(mutants, ({ rule, what }, dead) => {
  done += 1;
  if (!dead) process.stdout.write(`survived  ${rule}: ${what}\n`);
  if (process.stdout.isTTY && done % 20 === 0) process.stderr.write(`${done} of ${mutants.length}\r`);
});
const wrong = [
  ...verdict.wrongEquivalents.map(
    ({ rule, what }) => `${rule}: ${what}: is listed as equivalent, but a test tells it apart`,
  ),
  ...staleEquivalents(),
];
for (const line of wrong) process.stdout.write(`${line}\n`);
process.stdout.write(
  `${verdict.mutants} mutants of ${rules.length} rules: ${verdict.killed} killed, ${verdict.equivalent} equivalent, ${verdict.survivors.length} survived\n`,
);
const open = new Set([...verdict.survivors, ...verdict.wrongEquivalents].map(({ rule }) => rule));
recordProven(rules.filter((rule) => !open.has(rule)));
writeEvidence();
// The share of equivalents is one for all rules, so a run of a few cannot judge it.
const fine =
  verdict.survivors.length === 0 &&
  wrong.length === 0 &&
  (named.length > 0 || verdict.equivalent * 20 <= verdict.mutants);
process.exitCode = fine ? 0 : 1;
