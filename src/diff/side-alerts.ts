import type { Rule, Side } from '../rule-files/side.js';
import { onceEach } from '../rule-files/twins.js';

/** The alerts of a side, each once: where rule files and manifests hold an alert of the same name, that of the rule files. */
export function sideAlerts(side: Side): Rule[] {
  const all = onceEach(side.groups).flatMap(({ rules }) => rules.filter(({ kind }) => kind === 'alert'));
  const plain = new Set(all.filter(({ form }) => form === 'plain').map(({ name }) => name));
  return all.filter(({ form, name }) => form === 'plain' || !plain.has(name));
}
