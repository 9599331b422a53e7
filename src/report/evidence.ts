import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle } from '../bundle/build.js';
import { definitions } from '../bundle/definitions.js';
import { parseConfig } from '../config/load.js';
import { packageRoot } from '../package/root.js';
import { parseExpression } from '../promql/parse.js';
import { printExpression } from '../promql/print.js';
import { type RuleObject, renderedGroups } from '../renderers/prometheus/rules.js';

/** A test of a rule. */
export interface ProvenCase {
  readonly rule: string;
  readonly name: string;
  /** What it shows: `fires`, `silent`, `absent`, `boundary`, `resolves`. */
  readonly aspects: readonly string[];
}

/** What the mutation gate knows about a rule. */
export interface MutantsOfRule {
  readonly mutants: number;
  /** Mutants that no test can distinguish from the rule, with the reason. */
  readonly equivalent: number;
  /** Whether a run over all of them killed all others, with this very rule and these tests. */
  readonly proven: boolean;
}

/** Tests and mutants of the project, or why they are not known. */
export type TestEvidence =
  | {
      readonly known: true;
      readonly cases: readonly ProvenCase[];
      readonly mutants: ReadonlyMap<string, MutantsOfRule>;
    }
  | { readonly known: false; readonly why: string };

/** One rule in the file of evidence, with the rule's hash when the file was written. */
export interface RecordedEvidence extends MutantsOfRule {
  readonly rule: string;
  readonly hash: string;
  readonly cases: readonly Omit<ProvenCase, 'rule'>[];
}

/** The file of evidence, relative to the checkout. `npm run evidence` and `npm run mutate` write it. */
export const EVIDENCE = 'docs/evidence.json';

/** What Prometheus evaluates of a rule. Comments and white space in the expression make no difference. */
export function evaluatedPart({ expr, for: wait, keep_firing_for: keep }: RuleObject): readonly string[] {
  return [printExpression(parseExpression(expr).root), wait ?? '', keep ?? ''];
}

/** Changes when what Prometheus evaluates changes: expression and times. */
export function hashOf(rule: RuleObject): string {
  return createHash('sha256')
    .update(JSON.stringify(evaluatedPart(rule)))
    .digest('hex')
    .slice(0, 16);
}

/** The hash of every rule under the default configuration, which is the one that tests and mutants are about. */
function currentHashes(): ReadonlyMap<string, string> {
  const bundle = buildBundle(parseConfig({}), definitions());
  const rules = renderedGroups(bundle).flatMap((group) => group.rules.map(({ rule }) => rule));
  return new Map(rules.map((rule) => [rule.alert ?? rule.record ?? '', hashOf(rule)]));
}

/**
 * Reads tests and mutants from the checkout; the published package does not carry them. They are about the rules under the
 * default configuration. A rule that changed since the file was written is not proven.
 *
 * @param root the checkout; the one this file lies in by default
 */
export function evidenceOf(root = packageRoot): TestEvidence {
  const file = join(root, EVIDENCE);
  if (!existsSync(file)) {
    return {
      known: false,
      why: 'No data about tests and mutants: it is kept with the sources and is not part of the published package.',
    };
  }
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as readonly RecordedEvidence[];
  const hashes = currentHashes();
  return {
    known: true,
    cases: recorded.flatMap(({ rule, cases }) => cases.map((one) => ({ rule, ...one }))),
    mutants: new Map(
      recorded.map(({ rule, hash, mutants, equivalent, proven }) => [
        rule,
        { mutants, equivalent, proven: proven && hashes.get(rule) === hash },
      ]),
    ),
  };
}
