/**
 * The test files that `npm test` leaves to `npm run test:full`, and why. Every other file is run by `npm test`, which has to stay under four
 * minutes on two quiet cores. A file is in one suite as a whole; test/suites.test.ts shows that none is in neither.
 */
export const FULL_SUITE: Readonly<Record<string, string>> = {
  'test/backtest/command.test.ts': "downloads rules of others from Debian's archive",
  'test/backtest/engine.test.ts': 'a Prometheus that evaluates for half a minute, by the clock',
  'test/backtest/scenarios.test.ts': 'every scenario, in a Prometheus and in promtool',
  'test/dashboards/many-relays.test.ts': '10,000 relays in a Prometheus',
  'test/dashboards/proof.test.ts': 'every panel over days of data',
  'test/diff/foreign.test.ts': "downloads rules of others from Debian's archive",
  'test/drill/drill-live.test.ts': 'drills by the clock, with a Prometheus and exporters',
  'test/end-to-end/start.test.ts': 'further runs of `npm start`; one is in `npm test`',
  'test/exporter/deploy.test.ts': "builds what the image holds; needs systemd's systemd-analyze",
  'test/exporter/rewriting.test.ts': 'a minute of rewriting under a Prometheus',
  'test/live/live-scenarios.test.ts': 'scenarios by the clock, with a Prometheus and exporters',
  'test/mutation/gate.test.ts': 'the rule tests on changed rules',
  'test/notifications/delivery.test.ts': 'an Alertmanager for each case',
  'test/package/package.test.ts': 'builds, packs and installs the package',
  'test/pulumi/program.test.ts': "the program some twenty times under Pulumi's language host",
  'test/pulumi/twins.test.ts': 'every scenario, in a Prometheus',
  'test/scenarios/scenarios.test.ts': 'every scenario, in promtool',
  'test/processes/download.test.ts': "downloads from Debian's archive",
};
