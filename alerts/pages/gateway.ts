import { processStartTime } from '../../metrics/gateway.js';
import { alerts, up } from '../../metrics/prometheus.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import type { RunbookPages } from '../../src/model/runbook.js';
import { PromqlFragment, promql } from '../../src/promql/template.js';
import { alwaysExposed } from '../gateway.js';
import { targetsCommand } from './commands.js';
import { withoutGauge } from './queries.js';

export const gatewayPages: RunbookPages = {
  GatewayDown: ({ site, step, alert }) => ({
    firesWhen: 'Prometheus cannot scrape a gateway process',
    urgency: 'Now. Users of relays whose worker is away may be unable to read or write.',
    meaning: 'The process is down, or Prometheus cannot reach it.',
    impact:
      'If the process is down and no other gateway process serves its users, users of relays whose worker is away can neither read nor write. If only the scrape fails, users are not affected. Pending writes are not monitored in either case.',
    check: [
      { text: 'Which processes are down, and which are up?', query: promql`${up}{${site.gateway}}` },
      {
        text: 'Since when? Seconds since the process was last scraped; no line means more than two days.',
        query: promql`time() - max_over_time(timestamp(${up}{${site.gateway}, instance="$INSTANCE"} == 1)[2d:1m])`,
        mayBeEmpty: true,
      },
      {
        text: 'Which relays were pending, and for how long? They need attention after the restart.',
        query: promql`topk(10, time() - (${pendingStart} > 0))`,
        mayBeEmpty: true,
      },
      {
        text: 'Does the process answer? Run this on its host as well: an answer there means that only the network or the scrape fails.',
        command: 'curl -sS -m 5 "http://${INSTANCE:?see above}/metrics" | head -n 5',
      },
    ],
    act: [
      {
        text: `If the process does not answer on its host: ${step('restart-gateway')}. If it does, do not restart it: check the network between Prometheus and the gateway.`,
      },
      {
        text: `After a restart, pushes do not resume and leases are gone. These relays were pending before it, have no gauge now and need a new push. When their workers are online: ${step('start-pushes')}. ${alert('GatewayPendingWritesForgotten')} fires for those whose worker has been active since.`,
        query: withoutGauge(site),
      },
    ],
    over: {
      query: promql`${up}{${site.gateway}, instance="$INSTANCE"} == 1`,
      becomes: 'present',
      text: 'The process is scraped again. If its target was removed on purpose, the alert ends without this sample.',
    },
    returnsIf: 'The process fails again. Find the reason in its log before you close the incident.',
  }),

  GatewayMissing: ({ site, step, alert }) => ({
    firesWhen: 'Prometheus has no target that matches `jobs.gateway`',
    urgency:
      'Now. Users do not notice it, but until it is fixed, no other alert of the gateway can be trusted.',
    meaning:
      'The gateway was dropped from the scrape configuration or from service discovery, or `jobs.gateway` in the configuration of this bundle does not name its job.',
    impact:
      'Users are not affected. But problems with pending writes, pushes, leases and fallback are not noticed: alerts about them do not fire, or stay as they were, because their data is missing or old.',
    check: [
      { text: 'Which jobs does Prometheus scrape?', query: promql`count by (job) (${up})`, mayBeEmpty: true },
      {
        text: 'Which gateway was scraped before, within two days, and until when? Seconds since the last scrape of each; `instance` is its host and port. No line: `jobs.gateway` has matched no target in that time.',
        query: promql`time() - max_over_time(timestamp(${up}{${site.gateway}})[2d:1m])`,
        mayBeEmpty: true,
      },
      {
        text: 'Which targets does Prometheus have, what is wrong with them, and which ones did relabelling drop? A target that is in no line is no longer in the scrape configuration or in service discovery.',
        command: targetsCommand,
      },
      {
        text: 'What does the scrape configuration of Prometheus contain now?',
        command:
          'curl -sS "${PROMETHEUS:?see above}/api/v1/status/config" | jq -r .data.yaml | grep -n -A 12 job_name',
      },
    ],
    act: [
      {
        text: 'If the gateway is no longer a target: restore it in the scrape configuration or in service discovery, and reload Prometheus. The command shows whether that worked; where the configuration lies depends on the site: ask the people who run Prometheus.',
        command: targetsCommand,
      },
      {
        text: `If it is scraped under another job: ${step('change-configuration', 'correct `jobs.gateway` in the configuration of this bundle')}. Then use the new version of this page: its queries name the new job.`,
      },
    ],
    over: {
      query: promql`${up}{${site.gateway}}`,
      becomes: 'present',
      text: `Prometheus has a gateway to scrape. A value of 0 means that the scrape fails; ${alert('GatewayDown')} then fires.`,
    },
    returnsIf: 'The target is dropped again.',
  }),

  GatewayMetricsMissing: ({ site }) => ({
    firesWhen: 'a gateway is scraped, but a metric that every supported build always exposes is missing',
    urgency: 'Can wait until the morning, but some alerts cannot fire until then.',
    meaning:
      'Another program answers at that address, or a new build renamed or dropped metrics. Metrics with labels may have no series yet, so they are not checked.',
    impact: 'Alerts that need the missing metrics cannot fire.',
    check: [
      {
        text: 'When did the process start?',
        query: promql`${processStartTime}{${site.gateway}, instance="$INSTANCE"}`,
        mayBeEmpty: true,
      },
      { text: 'Is it up?', query: promql`${up}{${site.gateway}, instance="$INSTANCE"}` },
      {
        text: 'How do the metrics differ from those that this bundle expects? Run this where you can reach the gateway; it needs Node.js.',
        command: 'npx gateway-observability verify --metrics "http://${INSTANCE:?see above}/metrics"',
      },
    ],
    act: [
      {
        text: 'If another program answers, correct the target in the scrape configuration. If it is the gateway, upgrade this bundle to a version that supports its build: ask the people who maintain the configuration of this bundle.',
      },
    ],
    over: {
      query: promql`
        ${up}{${site.gateway}, instance="$INSTANCE"} == 1
          ${new PromqlFragment(
            alwaysExposed
              .map(({ name }) => `and on (${site.by('instance').text}) ${name}{${site.gateway.text}}`)
              .join('\n          '),
          )}
      `,
      becomes: 'present',
      text: 'The metrics are back.',
    },
    returnsIf: 'The gateway is upgraded to a build with other metrics. Run `verify` before an upgrade.',
  }),

  GatewayWatchdogFiring: () => ({
    firesWhen: 'always, on sites with `watchdog: on`',
    urgency:
      'None while the notification arrives. Now, if it stops arriving: no alert of this site is delivered.',
    meaning:
      'The alert shows that alerts are delivered. A service outside the site expects its notification and calls you when it stops arriving.',
    impact: 'While this notification is missing, no other alert of this site is delivered either.',
    check: [
      {
        text: 'Is Prometheus evaluating its rules? The query should return the alert.',
        query: promql`${alerts}{alertname="GatewayWatchdogFiring", alertstate="firing"}`,
      },
      {
        text: 'Does Alertmanager have the alert, and is it silenced or inhibited? If so, its state is `suppressed`.',
        command:
          'amtool --alertmanager.url="${ALERTMANAGER:?see above}" alert query -a -s -i alertname=GatewayWatchdogFiring',
      },
      {
        text: 'Can Prometheus reach Alertmanager?',
        command: `curl -sS "\${PROMETHEUS:?see above}/api/v1/alertmanagers" | jq -c .data`,
      },
      {
        text: 'Are notifications failing?',
        command: `curl -sS "\${ALERTMANAGER:?see above}/metrics" | grep -E '^alertmanager_notifications_failed_total.* [1-9]'`,
      },
    ],
    act: [
      {
        text: 'Restore what is broken: Prometheus, Alertmanager, or the network between them and the receiver.',
      },
      { text: 'Until then, watch the dashboards, because no alerts are delivered.' },
    ],
    avoid: ['Silence this alert. A silence looks like a failure to the service outside.'],
    over: {
      query: promql`${alerts}{alertname="GatewayWatchdogFiring", alertstate="firing"}`,
      becomes: 'present',
      text: 'The service outside the site receives the notification again.',
    },
    returnsIf: 'Prometheus or Alertmanager stops again.',
  }),
};
