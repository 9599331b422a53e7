import { afterEach, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { formatProblem } from '../../src/checks/check.js';
import { checkBundle } from '../../src/checks/index.js';
import { parseConfig } from '../../src/config/load.js';
import { renderAlertmanagerExample } from '../../src/renderers/alertmanager/example.js';
import { runCases } from '../rules/run-cases.js';
import { alertLabels } from './alert-labels.js';
import { type RunningAlertmanager, startAlertmanager } from './running-alertmanager.js';

const ALERT = 'GatewayWatchdogFiring';
const withIt = buildBundle(parseConfig({ watchdog: 'on', groupBy: ['cluster'] }), definitions());
const without = buildBundle(parseConfig({}), definitions());
const example = (bundle: typeof withIt) => renderAlertmanagerExample(bundle)[0]?.content ?? '';

let alertmanager: RunningAlertmanager | undefined;
afterEach(() => alertmanager?.stop());

describe('the watchdog', () => {
  it('is an option: no rule, no route and no receiver without it', () => {
    expect(without.alertGroups.flatMap(({ rules }) => rules.map(({ alert }) => alert))).not.toContain(ALERT);
    expect(example(without)).not.toContain('watchdog');
    expect(without.disabled).toContainEqual({
      alert: ALERT,
      reason: 'An option that this site does not use (watchdog: off).',
    });
  });

  it('passes every check, with its page', () => {
    expect(checkBundle(withIt).map(formatProblem)).toEqual([]);
  });

  it('fires from the first evaluation on, whatever is measured', async () => {
    const firing = { '0m': [{}], '5m': [{}], '1d': [{}] };
    expect(
      await runCases([
        {
          rule: ALERT,
          name: 'fires without a series, and without a gateway',
          aspects: ['fires', 'absent'],
          series: { 'up{job="gateway", instance="g1"}': '1x4 _x4' },
          firing,
          config: { watchdog: 'on' },
        },
      ]),
    ).toBe('');
  });

  it('is sent to a receiver of its own again and again, and to no one else', async () => {
    alertmanager = await startAlertmanager(example(withIt));
    const labels = alertLabels(withIt, ALERT);
    // What silences most other alerts does not silence it.
    await alertmanager.fire([alertLabels(withIt, 'GatewayMissing'), labels]);
    await alertmanager.untilNotified('watchdog', labels);
    await alertmanager.untilNotified('gateway-pager', alertLabels(withIt, 'GatewayMissing'));
    const receivers = alertmanager.notifications
      .filter(({ alerts }) => alerts.some(({ labels: { alertname } }) => alertname === ALERT))
      .map(({ receiver }) => receiver);
    expect(new Set(receivers)).toEqual(new Set(['watchdog']));
  });

  it('has the first route, and repeats on every beat of its group', () => {
    const routes = /routes:\n([\s\S]*?)\n\n/.exec(example(withIt))?.[1] ?? '';
    expect(routes).toContain(`alertname="${ALERT}"`);
    expect(routes).toContain('receiver: watchdog');
    expect(routes).toMatch(/group_interval: 1m\n\s*repeat_interval: 1m/);
  });
});
