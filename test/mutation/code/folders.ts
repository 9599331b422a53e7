/** A folder whose code is mutated. */
export interface MutatedFolder {
  /** What is mutated: folders and files. */
  readonly mutate: readonly string[];
  /** The tests that have to notice, the quickest first: folders and files. Of those, tests that start a process take no part. */
  readonly tests: readonly string[];
  /** The least share of mutants that tests must notice, in percent. */
  readonly threshold: 85 | 90;
}

const GENERATED = 'test/renderers/generated.test.ts';

/** What is mutated, by the name of its results. */
export const FOLDERS: Readonly<Record<string, MutatedFolder>> = {
  inhibitions: {
    mutate: ['alerts/inhibitions.ts'],
    tests: [
      'test/notifications/expected.test.ts',
      'test/notifications/example.test.ts',
      'test/checks/inhibitions.test.ts',
      GENERATED,
    ],
    threshold: 90,
  },
  config: {
    mutate: ['src/config'],
    // test/config/bounds.test.ts is about src/bundle/validate-config.ts.
    tests: [
      'test/config/values.test.ts',
      'test/config/former-settings.test.ts',
      'test/config/config.test.ts',
      'test/renderers/configuration-reference.test.ts',
      'test/config/settings.test.ts',
    ],
    threshold: 90,
  },
  checks: { mutate: ['src/checks'], tests: ['test/checks'], threshold: 90 },
  renderers: {
    mutate: ['src/renderers'],
    tests: [
      ...['panels', 'tables', 'frame'].map((name) => `test/renderers/grafana-${name}.test.ts`),
      ...['references', 'rule-files', 'runbook-pages'].map((name) => `test/renderers/${name}.test.ts`),
      ...[
        'test/notifications/receivers.test.ts',
        'test/output/manifest.test.ts',
        'test/output/messages.test.ts',
      ],
      // The other tests in these folders render whole bundles for each mutant, and notice few that these do not.
      ...['configuration-reference', 'grafana-alert-rules', 'provenance', 'runbook-texts'].map(
        (name) => `test/renderers/${name}.test.ts`,
      ),
      ...['test/notifications/example.test.ts', 'test/output/folder.test.ts'],
      ...['test/renderers/targets.test.ts', GENERATED],
    ],
    threshold: 90,
  },
  alertmanager: {
    mutate: ['src/alertmanager'],
    tests: [
      'test/alertmanager/reading.test.ts',
      'test/alertmanager/inhibition.test.ts',
      'test/alertmanager',
      'test/diff/compare.test.ts',
    ],
    threshold: 85,
  },
  backtest: {
    mutate: ['src/backtest'],
    // The others ask a Prometheus.
    tests: [
      ...['summary', 'matrix', 'fetch', 'situations', 'trial-rows', 'nodes', 'plan', 'shared-plans'],
      ...['evaluation', 'replay', 'sides', 'trial-values'],
    ].map((name) => `test/backtest/${name}.test.ts`),
    threshold: 85,
  },
  bundle: {
    mutate: ['src/bundle'],
    tests: [
      'test/bundle/build.test.ts',
      'test/bundle/graph.test.ts',
      'test/renderers/links.test.ts',
      'test/checks/inhibitions.test.ts',
      'test/checks/definitions-build.test.ts',
      'test/config/bounds.test.ts',
      'test/bundle',
    ],
    threshold: 85,
  },
  cli: {
    mutate: ['src/cli'],
    tests: [
      ...[
        'inputs',
        'texts',
        'displays',
        'stack-run',
        'closed-pipe',
        'kubernetes-note',
        'unused-settings-note',
      ],
      // Each of these runs whole commands for a mutant.
      ...['own-dashboards', 'runs', 'reports'],
    ].map((name) => `test/cli/${name}.test.ts`),
    threshold: 85,
  },
  dashboards: {
    mutate: ['dashboards'],
    // test/dashboards/known.test.ts asks a Prometheus.
    tests: [
      ...['alert-panels', 'frame', 'reading'].map((name) => `test/dashboards/${name}.test.ts`),
      ...['test/renderers/grafana-dashboards.test.ts', GENERATED],
    ],
    threshold: 85,
  },
  demo: {
    mutate: ['src/demo'],
    tests: ['screen', 'once', 'parts', 'site', 'notifications'].map((name) => `test/demo/${name}.test.ts`),
    threshold: 85,
  },
  diff: {
    mutate: ['src/diff'],
    // The others compare repositories with git, or whole bundles, and notice hardly anything more.
    tests: [
      ...['expression', 'print', 'alert-readers', 'findings', 'dashboards', 'detection'],
      ...['dashboard-fields', 'alert-names', 'refusals'],
    ].map((name) => `test/diff/${name}.test.ts`),
    threshold: 85,
  },
  'diff-notifications': {
    mutate: ['src/diff/notifications'],
    tests: ['notification-routes', 'notification-texts', 'notifications'].map(
      (name) => `test/diff/${name}.test.ts`,
    ),
    threshold: 85,
  },
  'diff-sources': {
    mutate: ['src/diff/compare-sources.ts', 'src/diff/judge.ts'],
    tests: ['test/diff/sources.test.ts', 'test/diff/judge.test.ts'],
    threshold: 85,
  },
  drill: {
    mutate: ['src/drill'],
    tests: ['history', 'evidence', 'view', 'watch', 'reactions'].map((name) => `test/drill/${name}.test.ts`),
    threshold: 85,
  },
  exporter: {
    mutate: ['src/exporter'],
    // The first ones need no server. Those that are left out notice hardly anything more, and take long.
    tests: [
      ...['parse', 'flags', 'log', 'connections', 'exposition', 'authenticate', 'state-file-reader'],
      ...[
        'web-config-values',
        'state-file-source',
        'requests',
        'health-check',
        'server',
        'exporter',
        'active-web-config',
      ],
      'clients',
    ].map((name) => `test/exporter/${name}.test.ts`),
    threshold: 85,
  },
  html: { mutate: ['src/html'], tests: ['test/html'], threshold: 85 },
  model: { mutate: ['src/model'], tests: ['test/model'], threshold: 85 },
  preview: {
    mutate: ['src/preview'],
    tests: ['index-page', 'changes', 'recorded', 'preview', 'drawing'].map(
      (name) => `test/preview/${name}.test.ts`,
    ),
    threshold: 85,
  },
  project: { mutate: ['src/project'], tests: ['test/project'], threshold: 85 },
  prometheus: { mutate: ['src/prometheus'], tests: ['test/prometheus'], threshold: 85 },
  promql: {
    mutate: ['src/promql'],
    tests: [
      'test/promql/names.test.ts',
      'test/promql/promql.test.ts',
      'test/promql/label-values.test.ts',
      'test/promql/template-fault.test.ts',
      'test/promql',
    ],
    threshold: 85,
  },
  pulumi: { mutate: ['src/pulumi'], tests: ['test/pulumi'], threshold: 85 },
  // test/report/report.test.ts measures every setting when it is loaded, which would be done again for each mutant.
  report: {
    mutate: ['src/report'],
    tests: ['test/report/page.test.ts', 'test/report/pictures.test.ts', 'test/report/contents.test.ts'],
    threshold: 85,
  },
  'rule-cases': { mutate: ['src/rule-cases/run.ts'], tests: ['test/project/cases.test.ts'], threshold: 85 },
  'rule-files': {
    mutate: ['src/rule-files'],
    // The other tests of comparisons read the same files again, and take long.
    tests: ['test/rule-files', 'test/diff/hard-inputs.test.ts', 'test/diff/cases.test.ts'],
    threshold: 85,
  },
  simulator: {
    mutate: ['src/simulator'],
    // The others play whole scenarios, or ask promtool.
    tests: [
      ...[
        'timeline',
        'relays-leave',
        'worker',
        'gateway',
        'evidence',
        'absences',
        'exposition',
        'clock-and-random',
      ],
      ...['series', 'served', 'detection', 'run'],
    ].map((name) => `test/simulator/${name}.test.ts`),
    threshold: 85,
  },
  terminal: { mutate: ['src/terminal'], tests: ['test/terminal'], threshold: 85 },
  view: {
    mutate: ['src/view'],
    // test/view/queries.test.ts asks a Prometheus; test/view/server.test.ts waits for files and queries.
    tests: [
      ...['time-range', 'variables', 'frames', 'known', 'data', 'load', 'resolve-variables', 'answers'],
      ...['watch-dashboards', 'page-files', 'serving'],
    ].map((name) => `test/view/${name}.test.ts`),
    threshold: 85,
  },
  verify: { mutate: ['src/verify'], tests: ['test/verify'], threshold: 85 },
};

const WORLDS = [
  ...['fallback', 'gaps', 'gateway', 'last-acts', 'leases', 'lost-registration', 'mixed', 'monitoring'],
  ...['neighbours', 'pushes', 'quiet-days', 'spliced', 'unmarked', 'without-escrow', 'worker-away'],
];

/** Thin layers around processes and files, and worlds that are played. They decide nothing; tests with real processes run them. */
export const SHELLS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    WORLDS.map((name) => [
      `src/simulator/scenarios/${name}.ts`,
      'worlds, each with the alerts that it has to raise; test/scenarios plays them under promtool',
    ]),
  ),
  'src/backtest/detection-times.ts': 'plays scenarios in promtool; test/backtest/trial.test.ts',
  'src/diff/promtool.ts': 'finds and starts promtool; test/diff/judge.test.ts',
  'src/demo/alertmanager.ts': 'starts an Alertmanager; `npm start` in test/end-to-end',
  'src/demo/demonstration.ts': 'the world of `npm start`, as data; test/end-to-end plays it',
  'src/demo/live-dashboards.ts': 'starts the live dashboards; `npm start` in test/end-to-end',
  'src/demo/simulator.ts': 'the simulated gateway as a process; test/demo/exporters.test.ts starts it',
  'src/preview/chromium.ts': 'finds and starts a browser; test/view/browser.test.ts',
  'src/preview/data.ts': 'starts promtool and a Prometheus; test/preview/data.test.ts',
  'src/preview/situations.ts': 'the worlds that are pictured; test/dashboards/proof.test.ts plays them',
  'src/index.ts': 'lists what the package exports',
  'src/cli/main.ts': 'sets the exit code of the process to what the program returns',
  'src/demo/stack.ts': 'starts Prometheus, the gateway and the exporters; `npm start` in test/end-to-end',
  'src/exporter/main.ts': 'starts the exporter; test/exporter runs it as a process',
  'src/exporter/signals.ts': 'takes the signals of a process; test/exporter/robustness.test.ts sends them',
  'src/exporter/web/bcrypt.ts': 'asks bcrypt in a thread; test/exporter/active-web-config.test.ts',
  'src/package/command.ts': 'names the command in messages; test/package installs it',
  'src/package/root.ts': 'finds the package on disk; test/package installs it',
  'src/package/version.ts': "reads the package's version from disk; test/package installs it",
  'src/processes/alertmanager.ts': 'starts an Alertmanager; test/notifications',
  'src/processes/cache-folder.ts': 'names a folder; test/processes',
  'src/processes/find.ts': 'looks for programs on disk; test/processes runs them',
  'src/processes/lock.ts': 'a lock between processes; test/processes',
  'src/processes/process.ts': 'starts and ends processes; test/processes',
  'src/processes/prometheus.ts': 'starts a Prometheus; test/processes',
  'src/processes/run-to-end.ts': 'runs a program to its end; test/processes',
  'src/processes/temporary-folder.ts': 'makes and removes folders; test/processes',
  'src/rule-files/git.ts': 'starts git; test/diff/sides.test.ts and command.test.ts compare what it has',
  'src/rule-cases/promtool.ts': 'starts promtool; test/project and test/rules',
};
