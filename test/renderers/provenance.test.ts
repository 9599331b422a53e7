import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definitions } from '../../src/bundle/definitions.js';
import { SITUATIONS } from '../../src/model/provenance.js';
import { packageRoot } from '../../src/package/root.js';
import { provenanceText } from '../../src/renderers/provenance.js';

const { alerts, recordingRules } = definitions();
const rules = [...alerts.flatMap((group) => group.rules), ...recordingRules.flatMap((group) => group.rules)];
const system = readFileSync(join(packageRoot, 'docs/system.md'), 'utf8');

describe('the provenance of a rule', () => {
  it('is a reason in sentences for every rule', () => {
    expect(rules.filter(({ rationale }) => !/^.{15,}\.$/.test(rationale))).toEqual([]);
  });

  it.each(Object.entries(SITUATIONS))(
    'finds situation %s in docs/system.md, under an anchor and the same title: %s',
    (number, title) => {
      expect(system).toContain(`<a id="situation-${number}"></a>\n### ${number}. ${title}\n`);
    },
  );

  it('is written with the reason first, then the situation and the steps', () => {
    expect(
      provenanceText({
        runbookSteps: ['watch-resync', 'start-pushes'],
        situation: 6,
        rationale: 'A failure stays unseen.',
      }),
    ).toBe(
      'Why: A failure stays unseen.\nSee: situation 6 (Resync done, rotation failed); Watch the resync (runbooks/gateway.md#watch-resync); Start the pushes again (runbooks/gateway.md#start-pushes).',
    );
    expect(provenanceText({ runbookSteps: ['rotate-deposit'], rationale: 'A failure stays unseen.' })).toBe(
      'Why: A failure stays unseen.\nSee: Rotate the escrow deposit (runbooks/gateway.md#rotate-deposit).',
    );
    expect(provenanceText({ rationale: 'A failure stays unseen.' })).toBe('Why: A failure stays unseen.');
  });
});
