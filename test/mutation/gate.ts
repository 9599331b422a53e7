import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RuleObject, renderedGroups } from '../../src/renderers/prometheus/rules.js';
import { evaluatedPart } from '../../src/report/evidence.js';
import { ruleCases } from '../rules/cases/index.js';
import { readSnapshot } from '../rules/rendered-texts.js';
import type { RenderedAlert } from '../rules/rule-case.js';
import { bundleFor, runCases } from '../rules/run-cases.js';
import { equivalents, reasonFor } from './equivalent.js';
import { type Mutant, mutantsOf } from './mutants.js';

/** What the gate found. */
export interface Verdict {
  readonly mutants: number;
  readonly killed: number;
  readonly equivalent: number;
  readonly survivors: readonly Mutant[];
  /** Mutants that are listed as equivalent although a test tells them apart. */
  readonly wrongEquivalents: readonly Mutant[];
}

const here = dirname(fileURLToPath(import.meta.url));
const PROVEN = join(here, 'proven.json');
/** Where a module is imported from does not change what counts as a mutant. */
const MUTANTS = readFileSync(join(here, 'mutants.ts'), 'utf8').replace(/^import .*\n/gm, '');

/** Every rule of the bundle with default configuration, by name. */
export function allRules(): Map<string, RuleObject> {
  const rules = renderedGroups(bundleFor(undefined)).flatMap((group) => group.rules.map(({ rule }) => rule));
  return new Map(rules.map((rule) => [rule.alert ?? rule.record ?? '', rule]));
}

const rendered = Object.assign(
  {},
  ...bundleFor(undefined).alertGroups.map(({ name }) => readSnapshot(name)),
) as Readonly<Record<string, readonly RenderedAlert[]>>;

/** Changes when a rule, its cases, the values in its texts, or what counts as a mutant changes; not with names and wording. */
export function fingerprint(name: string, rule: RuleObject): string {
  const cases = ruleCases.filter((c) => c.rule === name).map(({ name: _, ...ruleCase }) => ruleCase);
  const values = rendered[name]?.map(({ annotations, case: _, ...where }) => [
    where,
    JSON.stringify(annotations).match(/\d+/g),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([...evaluatedPart(rule), cases, ...(values ?? [])]))
    .update(MUTANTS)
    .digest('hex')
    .slice(0, 16);
}

/** Runs the cases of a rule, and the texts reviewed for it, on the rule or on a mutant of it. */
function judgedBy(name: string, mutated?: RuleObject): Promise<string> {
  // A configured case renders another rule, to which a mutant's text does not apply.
  const cases = ruleCases.filter((c) => c.rule === name && c.config === undefined);
  const replacement = mutated && { rule: name, with: mutated };
  return runCases(cases, { replacement, rendered: rendered[name] });
}

const readProven = () => JSON.parse(readFileSync(PROVEN, 'utf8')) as Record<string, string>;

/** The rules that have changed since a run in which all their mutants were judged and none survived. */
export function changedRules(): string[] {
  const proven = readProven();
  return [...allRules()]
    .filter(([name, rule]) => proven[name] !== fingerprint(name, rule))
    .map(([name]) => name);
}

/**
 * Records that all mutants of these rules were killed or are listed as equivalent. What is known of other rules is kept, except of
 * those that no longer exist.
 */
export function recordProven(names: readonly string[]): void {
  const known = readProven();
  const proven = Object.fromEntries(
    [...allRules()].flatMap(([name, rule]) => {
      const print = names.includes(name) ? fingerprint(name, rule) : known[name];
      return print === undefined ? [] : [[name, print]];
    }),
  );
  writeFileSync(PROVEN, `${JSON.stringify(proven, null, 2)}\n`);
}

/** Runs the cases of each mutant's rule on the mutant. `report` hears of every one that is done. */
export async function judge(
  mutants: readonly Mutant[],
  report: (mutant: Mutant, killed: boolean) => void = () => {},
): Promise<Verdict> {
  const survivors: Mutant[] = [];
  const wrongEquivalents: Mutant[] = [];
  const rules = allRules();
  for (const name of new Set(mutants.map(({ rule }) => rule))) {
    const said = rules.has(name) ? await judgedBy(name) : '';
    // Cases that fail anyway would kill every mutant and prove nothing.
    if (said !== '') throw new Error(`the cases of ${name} fail on the rule itself: ${said}`);
  }
  let killed = 0;
  let equivalent = 0;
  let next = 0;
  const worker = async () => {
    for (let mutant = mutants[next++]; mutant !== undefined; mutant = mutants[next++]) {
      const { rule, what, mutated } = mutant;
      const caught = (await judgedBy(rule, mutated)) !== '';
      const listed = reasonFor(rule, what) !== undefined;
      if (caught) killed += 1;
      else if (listed) equivalent += 1;
      else survivors.push(mutant);
      if (caught && listed) wrongEquivalents.push(mutant);
      report(mutant, caught || listed);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return { mutants: mutants.length, killed, equivalent, survivors, wrongEquivalents };
}

/** All mutants of the rules named. */
export function mutantsOfRules(names: readonly string[]): Mutant[] {
  const rules = allRules();
  return names.flatMap((name) => {
    const rule = rules.get(name);
    return rule === undefined ? [] : mutantsOf(rule);
  });
}

/** Entries of the list of equivalents that name no mutant of any rule. */
export function staleEquivalents(): string[] {
  const mutants = mutantsOfRules([...allRules().keys()]);
  return equivalents
    .filter((entry) => !mutants.some(({ rule, what }) => entry.rule.test(rule) && entry.what.test(what)))
    .map((entry) => `${entry.rule} ${entry.what}: is listed as equivalent, but there is no such mutant`);
}
