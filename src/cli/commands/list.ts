import { suggestion } from '../../config/suggestion.js';
import { table } from '../../terminal/table.js';
import { defineCommand } from '../command.js';
import { configOption, jsonOption } from '../common-options.js';
import { optional } from '../input.js';
import { print, printJson } from '../output.js';
import { UsageError } from '../usage-error.js';

const KINDS = ['metrics', 'records', 'alerts', 'panels'];

export const list = defineCommand({
  name: 'list',
  brief: true,
  description: 'list metrics, recording rules, alerts and panels',
  args: { kind: optional('[kind]', `only ${KINDS.slice(0, -1).join(', ')} or ${KINDS.at(-1)}`) },
  options: { config: configOption, json: jsonOption },
  async run({ args: { kind }, options: { config, json } }) {
    const { projectBundle } = await import('../../project/load.js');
    const { inventory } = await import('../inventory.js');
    const bundle = await projectBundle(config);
    if (kind !== undefined && !KINDS.includes(kind)) {
      throw new UsageError(
        `list: found ${JSON.stringify(kind)}, expected one of ${KINDS.join(', ')}${suggestion(kind, KINDS)}`,
      );
    }
    const chosen = inventory(bundle).filter((entry) => kind === undefined || `${entry.kind}s` === kind);
    if (json) printJson(chosen.map(({ kind, name, says, file }) => ({ kind, name, says, file })));
    else print(table(chosen.map(({ kind, name, says }) => [kind, name, says])).join('\n'));
    return 0;
  },
});
