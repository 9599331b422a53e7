import { type Provenance, SITUATIONS, type Situation } from '../model/provenance.js';
import { RUNBOOK_STEPS, type RunbookStep } from '../model/runbook.js';

/** The title of a step of the operator procedure and the anchor under which it is described. */
export const stepText = (step: RunbookStep): string => `${RUNBOOK_STEPS[step]} (runbooks/gateway.md#${step})`;

/** The runbook steps of a rule in words; undefined where it serves none. */
export function runbookStepsText({ runbookSteps = [] }: Provenance): string | undefined {
  return runbookSteps.length === 0 ? undefined : runbookSteps.map(stepText).join('; ');
}

/** `3 (Pushes delivered, never ingested: stuck)`. */
export const situationText = (situation: Situation): string => `${situation} (${SITUATIONS[situation]})`;

/** What a rule rests on, for the comment above it: the reason first, then where it comes from. */
export function provenanceText(provenance: Provenance): string {
  const { situation, rationale } = provenance;
  const steps = runbookStepsText(provenance);
  const from = [
    ...(situation === undefined ? [] : [`situation ${situationText(situation)}`]),
    ...(steps === undefined ? [] : [steps]),
  ];
  return from.length === 0 ? `Why: ${rationale}` : `Why: ${rationale}\nSee: ${from.join('; ')}.`;
}
