import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { artifactsOf } from '../../src/cli/artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import type { AlertDefinition } from '../../src/model/rules.js';
import { grafanaRuleGroups } from '../../src/renderers/grafana/alert-rules.js';

const own = definitions();
const rulesOf = (
  config: ConfigInput = {},
  change: (rule: AlertDefinition) => AlertDefinition = (rule) => rule,
) =>
  grafanaRuleGroups(
    buildBundle(parseConfig(config), {
      ...own,
      alerts: own.alerts.map((group) => ({ ...group, rules: group.rules.map(change) })),
    }),
  ).flatMap(({ rules }) => rules);

describe('rules that Grafana evaluates', () => {
  it('are the alerts of the bundle with their labels, times and expressions', () => {
    const bundle = buildBundle(parseConfig({}), own);
    const alerts = bundle.alertGroups.flatMap(({ rules }) => rules);
    const rules = rulesOf();
    expect(rules.map(({ name }) => name)).toEqual(alerts.map(({ alert }) => alert));
    for (const [i, rule] of rules.entries()) {
      expect(rule).toMatchObject({
        for: alerts[i]?.for ?? '0s',
        keepFiringFor: alerts[i]?.keepFiringFor ?? '0s',
        labels: alerts[i]?.labels,
      });
      // Adding nothing takes the metric's name away: Prometheus leaves it out of an alert's labels.
      const expr = String(rule.datas[0]?.model.expr);
      expect(expr.replace(/^ {2}/gm, '').replace(/ #[^\n]*$/, '')).toBe(`(\n${alerts[i]?.expr}\n) + 0`);
    }
  });

  it('speak of the value in Grafana’s words, and of nothing that only Prometheus knows', () => {
    const texts = rulesOf().flatMap(({ annotations }) => Object.values(annotations));
    expect(texts.some((text) => text.includes('{{ $values.A.Value | humanizeDuration }}'))).toBe(true);
    for (const text of texts) expect(text).not.toMatch(/\$value\b/);
  });

  it('have a uid that Grafana takes, and names that begin alike keep different ones', () => {
    const long = 'GatewayPendingWritesHaveWaitedForTheirWorkerFor';
    let count = 0;
    const uids = rulesOf({}, (rule) => ({
      ...rule,
      alert: `${long}${String.fromCharCode(65 + count++)}x`,
    })).map(({ uid }) => uid);
    for (const uid of uids) expect(uid).toMatch(/^[A-Za-z0-9-]{1,40}$/);
    expect(new Set(uids).size).toBe(uids.length);
  });

  it('are none, and no file, where the site evaluates at an interval that Grafana does not know', () => {
    expect(rulesOf({ evaluationInterval: '15s' })).toEqual([]);
    const paths = (evaluationInterval: string) =>
      artifactsOf(buildBundle(parseConfig({ evaluationInterval }), own)).map(({ path }) => path);
    expect(paths('15s')).not.toContain('grafana/alerting/alert-rules.json');
    expect(paths('20s')).toContain('grafana/alerting/alert-rules.json');
  });
});
