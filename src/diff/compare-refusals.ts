import type { RuleRefusal } from '../rule-files/refusals.js';
import { type Finding, finding, listed } from './finding.js';
import { match } from './match.js';

/** What Prometheus refuses of both sides, and who says that. */
export interface Judgement {
  readonly judge: string;
  readonly base: readonly RuleRefusal[];
  readonly head: readonly RuleRefusal[];
}

const key = ({ subject, reason }: RuleRefusal) => JSON.stringify([subject, reason]);

/** Files that Prometheus refuses from now on. What it refused before as well is no change. */
export function compareRefusals({ judge, base, head }: Judgement, known: readonly Finding[]): Finding[] {
  const isKnown = ({ subject, file }: RuleRefusal) =>
    known.some(
      (one) =>
        one.kind === 'expression-broken' &&
        one.file === file &&
        one.subject.includes(subject.replace(/^rule /, '')),
    );
  return match(base, head, [key])
    .added.filter((refusal) => !isKnown(refusal))
    .map((refusal) =>
      finding(
        refusal,
        'file-refused',
        'breaking',
        refusal.subject,
        undefined,
        refusal.reason,
        `Prometheus rejects this file and every rule in it, according to ${judge}.`,
      ),
    );
}

/** A sentence about what Prometheus refuses on both sides; nothing where it refuses nothing. */
export function refusedAnyway({ judge, base, head }: Judgement): string[] {
  const { pairs } = match(base, head, [key]);
  const files = [...new Set(pairs.map(([, { file }]) => file))];
  if (files.length === 0) return [];
  const [first] = pairs[0] as readonly [RuleRefusal, RuleRefusal];
  return [
    `Prometheus rejects ${listed(files)} on both sides, according to ${judge}: ${first.subject}: ${first.reason}.`,
  ];
}
