/**
 * Parses every expression of the rule files, manifests and dashboards in a folder, prints it and parses what was printed:
 *
 *   npm run promql:roundtrip -- <folder> [--prometheus http://127.0.0.1:9090]
 *
 * With a server of Prometheus 3, the trees are compared with its own as well. Exit code 1 when an expression comes back
 * changed, 2 when the folder has none.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readSide } from '../../src/rule-files/parse.js';
import type { Side } from '../../src/rule-files/side.js';
import { roundTrip } from './round-trip.js';
import { treeOf, treeOfPrometheus } from './trees.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { prometheus: { type: 'string' } },
});
const [folder] = positionals;
if (folder === undefined || positionals.length > 1) {
  console.error('usage: npm run promql:roundtrip -- <folder> [--prometheus <url>]');
  process.exit(2);
}

interface Found {
  readonly file: string;
  readonly expr: string;
  readonly variables: boolean;
}

async function read(path: string): Promise<Side> {
  return readSide([{ path, text: await readFile(path, 'utf8') }]);
}

const found: Found[] = [];
const unread: string[] = [];
let files = 0;
for (const name of (await readdir(folder, { recursive: true })).sort()) {
  if (!/\.(?:ya?ml|json)$/.test(name)) continue;
  const file = join(folder, name);
  try {
    const side = await read(file);
    const rules = side.groups.flatMap((group) =>
      group.rules.map(({ expr }) => ({ file, expr, variables: false })),
    );
    const queries = side.dashboards.flatMap(({ panels }) =>
      panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ file, expr, variables: true }))),
    );
    unread.push(...side.unread.map(({ reason }) => `${file}: ${reason}`));
    if (rules.length + queries.length > 0) files++;
    found.push(...rules, ...queries);
  } catch (error) {
    unread.push(`${file}: ${(error as Error).message}`);
  }
}

/** What Prometheus makes of an expression: its tree, or why it refuses it. */
async function asked(expr: string): Promise<{ tree: string } | { refused: string }> {
  const url = new URL('/api/v1/parse_query', values.prometheus);
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ query: expr }) });
  const answer = (await response.json()) as { status: string; error?: string; data?: unknown };
  return answer.status === 'success'
    ? { tree: JSON.stringify(treeOfPrometheus(answer.data)) }
    : { refused: answer.error ?? '' };
}

const distinct = [...new Map(found.map((one) => [`${one.variables} ${one.expr}`, one])).values()];
const refused: string[] = [];
const changed: string[] = [];
let same = 0;
let sameAsPrometheus = 0;
let refusedByBoth = 0;
for (const { file, expr, variables } of distinct) {
  const result = roundTrip(expr, { variables });
  const line = `${file}: ${expr.replace(/\s+/g, ' ')}`;
  const theirs = values.prometheus === undefined || variables ? undefined : await asked(expr);
  if ('error' in result) {
    if (theirs !== undefined && 'refused' in theirs) refusedByBoth++;
    refused.push(`${line}\n    ${result.error}`);
    if (theirs !== undefined && 'tree' in theirs) changed.push(`${line}\n    accepted by Prometheus`);
    continue;
  }
  if (!result.equal) changed.push(`${line}\n    ${result.printed}`);
  else same++;
  if (theirs === undefined) continue;
  if ('tree' in theirs && theirs.tree === JSON.stringify(treeOf(result.root))) sameAsPrometheus++;
  else changed.push(`${line}\n    Prometheus: ${'tree' in theirs ? theirs.tree : theirs.refused}`);
}

for (const line of unread) console.log(`not read: ${line}`);
for (const line of refused) console.log(`not parsed: ${line}`);
for (const line of changed) console.log(`CHANGED: ${line}`);
console.log(
  `${files} files, ${found.length} expressions, ${distinct.length} distinct: ${same} came back equal, ${refused.length} not parsed, ${changed.length} changed; ${unread.length} files not read`,
);
if (values.prometheus !== undefined) {
  console.log(`${sameAsPrometheus} have the tree of Prometheus, ${refusedByBoth} are refused by both`);
}
process.exitCode = found.length === 0 ? 2 : changed.length > 0 ? 1 : 0;
