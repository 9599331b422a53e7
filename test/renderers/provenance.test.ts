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

  it('names runbook steps by number only', () => {
    const steps = rules.flatMap(({ runbookSteps = [] }) => runbookSteps);
    expect(steps.length).toBeGreaterThan(20);
    expect(steps.filter((step) => !/^[1-6](\.[1-4])?$/.test(step))).toEqual([]);
  });

  it.each(Object.entries(SITUATIONS))(
    'finds situation %s in docs/system.md, under an anchor and the same title: %s',
    (number, title) => {
      expect(system).toContain(`<a id="situation-${number}"></a>\n### ${number}. ${title}\n`);
    },
  );

  it('is written with the reason first, then the situation and the steps', () => {
    expect(
      provenanceText({ runbookSteps: ['3', '4.2'], situation: 6, rationale: 'A failure stays unseen.' }),
    ).toBe(
      'Why: A failure stays unseen.\nSee: situation 6 (Resync done, rotation failed); runbook steps 3 and 4.2.',
    );
    expect(provenanceText({ runbookSteps: ['5'], rationale: 'A failure stays unseen.' })).toBe(
      'Why: A failure stays unseen.\nSee: runbook step 5.',
    );
    expect(provenanceText({ rationale: 'A failure stays unseen.' })).toBe('Why: A failure stays unseen.');
  });
});
