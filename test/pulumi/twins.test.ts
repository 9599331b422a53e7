import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { ANY_VALUE, grafanaRuleGroups } from '../../src/renderers/grafana/alert-rules.js';

const rules = grafanaRuleGroups(buildBundle(parseConfig({}), definitions())).flatMap((group) => group.rules);

// test/scenarios/scenarios.test.ts compares their evaluation with the alerts of Prometheus.
describe('a rule that Grafana evaluates', () => {
  it.each(rules.map((rule) => [rule.name, rule] as const))(
    '%s is as the emulation takes it',
    (_, { datas, condition }) => {
      expect(datas[1]?.model.expression).toBe(ANY_VALUE);
      expect(condition).toBe('B');
    },
  );
});
