/**
 * Asks a running Prometheus 3 for its trees of the expressions in test/fixtures/promql and writes them for ast.test.ts:
 *
 *   prometheus --enable-feature=promql-experimental-functions,promql-binop-fill-modifiers …
 *   npx tsx test/promql/record-trees.ts http://127.0.0.1:9090
 */
import { writeFileSync } from 'node:fs';
import { newerShapes, ruleShapes, treesFile } from './corpus.js';
import { treeOfPrometheus } from './trees.js';

const [server] = process.argv.slice(2);
if (server === undefined) throw new Error('usage: npx tsx test/promql/record-trees.ts <url of Prometheus 3>');
const lines: string[] = [];
for (const query of [...ruleShapes(), ...newerShapes()]) {
  const response = await fetch(new URL('/api/v1/parse_query', server), {
    method: 'POST',
    body: new URLSearchParams({ query }),
  });
  const answer = (await response.json()) as { status: string; error?: string; data: unknown };
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  lines.push(`  ${JSON.stringify(query)}: ${JSON.stringify(treeOfPrometheus(answer.data))}`);
}
writeFileSync(treesFile, `{\n${lines.join(',\n')}\n}\n`);
