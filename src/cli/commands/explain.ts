import type { BundleNode } from '../../bundle/bundle.js';
import { suggestion } from '../../config/suggestion.js';
import { table } from '../../terminal/table.js';
import { defineCommand } from '../command.js';
import { configOption, jsonOption } from '../common-options.js';
import { required } from '../input.js';
import type { Entry } from '../inventory.js';
import { print, printJson } from '../output.js';
import { UsageError } from '../usage-error.js';

export const explain = defineCommand({
  name: 'explain',
  brief: true,
  description:
    'show the definition of an alert, recorded series, panel or metric, what it reads and what reads it',
  args: {
    name: required('<name>', 'an alert, a record, a metric, or a panel as <dashboard uid>/<panel id>'),
  },
  options: { config: configOption, json: jsonOption },
  async run({ args: { name }, options: { config, json } }) {
    const { projectBundle } = await import('../../project/load.js');
    const { find, inventory, readersOf, readsOf } = await import('../inventory.js');
    const bundle = await projectBundle(config);
    const all = inventory(bundle);
    const entry = find(all, name, bundle);
    if (entry === undefined) {
      const names = all.map((one) => one.name);
      throw new UsageError(
        `explain: found ${JSON.stringify(name)}, expected an alert, a record, a metric or <dashboard uid>/<panel id>${suggestion(name, names)}`,
      );
    }
    const reads = readsOf(entry, bundle);
    const readers = readersOf(entry, bundle);
    if (json) {
      const facts = Object.fromEntries(entry.facts);
      printJson({ ...entry, facts, reads, readBy: readers.map((one) => one.name) });
    } else print(explanation(entry, reads, readers).join('\n'));
    return 0;
  },
});

function explanation(entry: Entry, reads: readonly string[], readers: readonly BundleNode[]): string[] {
  const isRead = entry.kind === 'metric' || entry.kind === 'record';
  const readBy = readers.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  const facts: (readonly [string, string])[] = [
    ...entry.facts,
    ['defined in', entry.file],
    ...(entry.expressions.length > 0 ? [['reads', reads.join(', ') || 'nothing'] as const] : []),
    ...(isRead ? [['read by', readBy || 'nothing'] as const] : []),
  ];
  return [
    `${entry.kind} ${entry.name}`,
    entry.says,
    '',
    ...table(facts),
    ...entry.expressions.flatMap((expr) => ['', ...expr.split('\n').map((line) => `  ${line}`)]),
  ];
}
