import { inhibitionProblems } from '../bundle/inhibition-problems.js';
import type { Check } from './check.js';

/** An inhibition that matches too much silences alerts that users need. */
export const inhibitions: Check = {
  id: 'inhibitions',
  proves:
    'Inhibitions name alerts that exist, compare labels that both sides carry, and select something on each side.',
  run: ({ bundle }) =>
    inhibitionProblems(bundle).map(({ file, reason, problem }) => ({
      file,
      subject: JSON.stringify(reason),
      problem,
      remedy: 'fix the inhibition',
    })),
};
