import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const fixtures = join(import.meta.dirname, '../fixtures/promql');

/** Expressions in the shapes of public rule files, which Prometheus 2.42 and 3 read. */
export function ruleShapes(): string[] {
  const folder = join(fixtures, 'rules');
  return readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const { groups } = parse(readFileSync(join(folder, file), 'utf8')) as {
        groups: { rules: { expr: string }[] }[];
      };
      return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
    });
}

/** Expressions that only Prometheus 3 reads. */
export function newerShapes(): string[] {
  return readFileSync(join(fixtures, 'prometheus-3.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** What Prometheus 3.16 makes of them, as `trees.ts` writes trees; made by `record-trees.ts`. */
export const treesFile = join(fixtures, 'prometheus-3.16-trees.json');
