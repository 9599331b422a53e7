import { TARGETS } from '../model/target.js';
import { oneOf } from '../terminal/option-values.js';
import { flag, optional, repeatable } from './input.js';

/** The site's configuration, for every command that builds a bundle. */
export const configOption = optional(
  '-c, --config <file>',
  'settings of the site (YAML), or a file with definitions (TypeScript); without it, site.yaml and gateway-observability.config.ts, if they exist',
);

export const jsonOption = flag('--json', 'print the result as JSON');

export const outOption = optional(
  '-o, --out <dir>',
  'output directory; without it generated/, with the runbook pages in runbooks/',
);

export const targetOption = repeatable(
  '--target <name>',
  `additional shape of the rules and dashboards, beside the targets of the site; repeatable: ${TARGETS.join(', ')}`,
  undefined,
  oneOf(TARGETS),
);
