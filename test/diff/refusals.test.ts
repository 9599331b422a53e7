import { describe, expect, it } from 'vitest';
import { compareRefusals, refusedAnyway } from '../../src/diff/compare-refusals.js';
import type { Finding } from '../../src/diff/finding.js';

const refusal = (subject: string, reason = 'it is odd', file = 'r.yaml') => ({
  file,
  line: 3,
  subject,
  reason,
});

describe('what Prometheus refuses', () => {
  const broken = (more: Partial<Finding> = {}): Finding => ({
    ...{
      kind: 'expression-broken',
      level: 'breaking',
      subject: 'alert A',
      consequence: 'c',
      file: 'r.yaml',
      ...more,
    },
  });
  const refused = (
    base: ReturnType<typeof refusal>[],
    head: ReturnType<typeof refusal>[],
    known: Finding[] = [],
  ) => compareRefusals({ judge: 'promtool 3', base, head }, known).map(({ subject }) => subject);

  it('is a finding where it did not refuse it before', () => {
    expect(compareRefusals({ judge: 'promtool 3', base: [], head: [refusal('rule A')] }, [])).toEqual([
      {
        ...{
          kind: 'file-refused',
          level: 'breaking',
          subject: 'rule A',
          after: 'it is odd',
          file: 'r.yaml',
          line: 3,
        },
        consequence: 'Prometheus rejects this file and every rule in it, according to promtool 3.',
      },
    ]);
    expect(refused([refusal('rule A')], [refusal('rule A'), refusal('rule B')])).toEqual(['rule B']);
    expect(refused([refusal('rule A', 'x')], [refusal('rule A')])).toEqual(['rule A']);
    expect(refused([refusal('rule A')], [])).toEqual([]);
  });

  it('is none where the expression is known to be broken', () => {
    const head = [refusal('rule A')];
    expect(refused([], head, [broken({ kind: 'x' }), broken()])).toEqual([]);
    expect(refused([], [refusal('alert A')], [broken()])).toEqual([]);
    expect(refused([], head, [broken({ kind: 'x' })])).toEqual(['rule A']);
    expect(refused([], head, [broken({ file: 's.yaml' })])).toEqual(['rule A']);
    expect(refused([], head, [broken({ subject: 'alert B' })])).toEqual(['rule A']);
    expect(refused([], [refusal('my rule A')], [broken()])).toEqual(['my rule A']);
  });

  it('is noted where it refuses it on both sides', () => {
    const both = [refusal('rule A'), refusal('rule B'), refusal('rule C', 'x', 's.yaml')];
    expect(refusedAnyway({ judge: 'promtool 3', base: both, head: [refusal('rule D'), ...both] })).toEqual([
      'Prometheus rejects r.yaml and s.yaml on both sides, according to promtool 3: rule A: it is odd.',
    ]);
    expect(
      refusedAnyway({ judge: 'promtool 3', base: [refusal('rule A')], head: [refusal('rule B')] }),
    ).toEqual([]);
  });
});
