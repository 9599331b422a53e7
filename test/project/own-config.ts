/** What another team adds: one recording rule, one alert, one dashboard and one inhibition, in another style. */
export const OWN_CONFIG = `import {
  defineAlert, defineConfig, defineDashboard, definePanel, defineRecordingRule, duration, metrics, promql,
} from 'gateway-observability';

const sessions = defineRecordingRule({
  record: 'gateway:gateway_active_sessions:sum',
  help: 'Client sessions of all gateway processes.',
  unit: 'sessions',
  labels: [],
  rationale: 'Our capacity plan is per installation.',
  expr: (site) => promql\`sum by (\${site.by()}) (\${metrics.gatewayActiveSessions}{\${site.gateway}})\`,
});

const tooMany = defineAlert({
  alert: 'GatewaySessionsMany',
  signal: 'capacity',
  severity: 'info',
  rationale: 'Planned for 10,000.',
  labels: [],
  expr: () => promql\`\${sessions} > 10000\`,
  for: () => duration('10m'),
  summary: 'Many sessions',
  description: 'Look at the panel.',
  dashboard: { uid: 'sessions', panel: 1 },
  extraLabels: { team: 'edge' },
  annotations: { ticket_queue: 'EDGE' },
});

const board = defineDashboard({
  uid: 'sessions',
  title: 'Sessions',
  description: 'Our sessions.',
  tags: ['ours'],
  span: duration('6h'),
  rows: [{
    title: 'Sessions',
    panels: [definePanel({
      id: 1, title: 'Sessions', description: 'Open sessions.', kind: 'timeseries', unit: 'short', width: 24, height: 8,
      queries: [{ expr: () => promql\`\${sessions}\`, legend: 'sessions' }], noData: 'Not measured.',
    })],
  }],
});

export default defineConfig({
  recordingRules: [sessions],
  alerts: [tooMany],
  dashboards: [board],
  inhibitions: [{
    reason: 'A gateway that is down has no sessions.',
    source: { alerts: ['GatewayDown'] },
    target: { alerts: ['GatewaySessionsMany'] },
    equal: [],
  }],
  cases: [
    {
      rule: 'GatewaySessionsMany',
      name: 'fires when there have been more than 10,000 sessions for ten minutes',
      aspects: ['fires', 'boundary'],
      series: { 'gateway:gateway_active_sessions:sum': '10000 10001x30' },
      firing: { '10m': [], '10m30s': [{}] },
    },
    {
      rule: 'GatewaySessionsMany',
      name: 'stays silent at 10,000 sessions',
      aspects: ['silent'],
      series: { 'gateway:gateway_active_sessions:sum': '10000x40' },
      firing: { '20m': [] },
    },
    {
      rule: 'gateway:gateway_active_sessions:sum',
      name: 'adds the sessions of all processes',
      aspects: ['fires'],
      series: {
        'gateway_active_sessions{job="gateway", instance="a"}': '1x4',
        'gateway_active_sessions{job="gateway", instance="b"}': '2x4',
      },
      samples: { '1m': [{ labels: {}, value: 3 }] },
    },
  ],
});
`;
