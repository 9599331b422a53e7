import { type Provenance, SITUATIONS, type Situation } from '../model/provenance.js';

/** The runbook steps of a rule in words, `steps 1 and 4.2`; undefined where it serves none. */
export function runbookStepsText({ runbookSteps = [] }: Provenance): string | undefined {
  if (runbookSteps.length === 0) return undefined;
  return `step${runbookSteps.length === 1 ? '' : 's'} ${runbookSteps.join(' and ')}`;
}

/** `3 (Pushes delivered, never ingested: stuck)`. */
export const situationText = (situation: Situation): string => `${situation} (${SITUATIONS[situation]})`;

/** What a rule rests on, for the comment above it: the reason first, then where it comes from. */
export function provenanceText(provenance: Provenance): string {
  const { situation, rationale } = provenance;
  const steps = runbookStepsText(provenance);
  const from = [
    ...(situation === undefined ? [] : [`situation ${situationText(situation)}`]),
    ...(steps === undefined ? [] : [`runbook ${steps}`]),
  ];
  return from.length === 0 ? `Why: ${rationale}` : `Why: ${rationale}\nSee: ${from.join('; ')}.`;
}
