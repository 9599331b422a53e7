import { SIGNALS } from '../model/severity.js';
import type { Bundle } from './bundle.js';

/** The signals of this package, and those of alerts that a team added. */
export function signalsOf({ definitions }: Pick<Bundle, 'definitions'>): string[] {
  const used = definitions.alerts.flatMap(({ rules }) => rules.map(({ signal }) => signal));
  return [...new Set([...SIGNALS, ...used])];
}
