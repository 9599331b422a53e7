import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../package/root.js';

/** A test of a rule. */
export interface ProvenCase {
  readonly rule: string;
  readonly name: string;
  /** What it shows: `fires`, `silent`, `absent`, `boundary`, `resolves`. */
  readonly aspects: readonly string[];
}

/** What the mutation gate knows of a rule. */
export interface MutantsOfRule {
  readonly mutants: number;
  /** Mutants that no test can tell from the rule, with the reason. */
  readonly equivalent: number;
  /** Whether all others were killed in the last complete run over this very rule and these tests. */
  readonly proven: boolean;
}

/** Tests and mutants of the project, or why they are not known. */
export type Evidence =
  | {
      readonly known: true;
      readonly cases: readonly ProvenCase[];
      readonly mutants: ReadonlyMap<string, MutantsOfRule>;
    }
  | { readonly known: false; readonly why: string };

const CASES = 'test/rules/cases/index.ts';

/** Loads a module of the project's tests, which are not compiled: Node 20 alone reads no TypeScript. */
async function load(file: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(file).href;
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
    const loader = 'tsx/esm/api';
    const { tsImport } = (await import(loader)) as {
      tsImport: (url: string, from: string) => Promise<Record<string, unknown>>;
    };
    return tsImport(url, import.meta.url);
  }
}

/**
 * Reads tests and mutants from the checkout. The published package has none, and says so. They are about the rules with
 * the default configuration.
 *
 * @param root the checkout; the one this file lies in by default
 */
export async function evidenceOf(root = packageRoot): Promise<Evidence> {
  if (!existsSync(join(root, CASES))) {
    return {
      known: false,
      why: 'Tests and mutants are not known here: they are kept with the sources and are not part of the published package.',
    };
  }
  const [{ ruleCases }, { allRules, changedRules }, { mutantsOf }, { reasonFor }] = (await Promise.all(
    [CASES, 'test/mutation/gate.ts', 'test/mutation/mutants.ts', 'test/mutation/equivalent.ts'].map((file) =>
      load(join(root, file)),
    ),
  )) as [
    { ruleCases: readonly ProvenCase[] },
    { allRules: () => Map<string, unknown>; changedRules: () => string[] },
    { mutantsOf: (rule: unknown) => { what: string }[] },
    { reasonFor: (rule: string, what: string) => string | undefined },
  ];
  const changed = new Set(changedRules());
  const mutants = [...allRules()].map(([name, rule]): [string, MutantsOfRule] => {
    const all = mutantsOf(rule);
    const equivalent = all.filter(({ what }) => reasonFor(name, what) !== undefined).length;
    return [name, { mutants: all.length, equivalent, proven: !changed.has(name) }];
  });
  return { known: true, cases: ruleCases, mutants: new Map(mutants) };
}
