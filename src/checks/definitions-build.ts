import type { Check } from './check.js';

/** A definition that throws would otherwise be missing from the bundle without a word. */
export const definitionsBuild: Check = {
  id: 'definitions-build',
  proves: 'Every definition can be written for this site.',
  run: ({ bundle }) =>
    bundle.broken.map(({ file, subject, message }) => ({
      file,
      subject,
      problem: message,
      remedy: 'fix the definition',
    })),
};
