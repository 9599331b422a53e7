import { processStartTime } from '../../metrics/gateway.js';
import { alerts, up } from '../../metrics/prometheus.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import type { RunbookPages } from '../../src/model/runbook.js';
import { PromqlFragment, promql } from '../../src/promql/template.js';
import { alwaysExposed } from '../gateway.js';

const targetsCommand = `curl -sS "$PROMETHEUS/api/v1/targets?state=any" | jq -r '.data.activeTargets[] | [.labels.job, .scrapeUrl, .lastError] | @tsv'`;

export const gatewayPages: RunbookPages = {
  GatewayDown: ({ site, step, alert }) => ({
    firesWhen: 'Prometheus cannot scrape a gateway process',
    meaning: 'The process is down, or Prometheus cannot reach it.',
    impact:
      'While workers are away the gateway serves their relays, so their readers and writers are cut off. Nothing is known of pending writes meanwhile.',
    check: [
      { text: 'Which processes are down, and which are up?', query: promql`${up}{${site.gateway}}` },
      {
        text: 'Since when? Seconds since the process was last scraped; no line means more than two days.',
        query: promql`time() - max_over_time(timestamp(${up}{${site.gateway}, instance="$INSTANCE"} == 1)[2d:1m])`,
        mayBeEmpty: true,
      },
      {
        text: 'Which relays were pending, and for how long? They need attention after a restart.',
        query: promql`topk(10, time() - (${pendingStart} > 0))`,
        mayBeEmpty: true,
      },
      { text: 'Does the process answer?', command: 'curl -sS -m 5 "http://$INSTANCE/metrics" | head -n 5' },
    ],
    act: [
      {
        text: 'Bring the process or its host back. If it serves users and only `/metrics` fails, look at the network between Prometheus and it.',
      },
      {
        text: `After a restart nothing resumes pushes, and leases are gone. Relays that were pending are in phase 7. When their workers are online, ${step('start-pushes')}; ${alert('GatewayPendingWritesForgotten')} names those whose worker has been active since.`,
      },
    ],
    over: {
      query: promql`${up}{${site.gateway}, instance="$INSTANCE"} == 0`,
      becomes: 'empty',
      text: 'The process is scraped again, or its target was removed.',
    },
    returnsIf: 'The process fails again: look for the reason in its log before you close the incident.',
  }),

  GatewayMissing: ({ site }) => ({
    firesWhen: 'Prometheus has no target that matches `jobs.gateway`',
    meaning:
      'The gateway was dropped from the scrape configuration or from service discovery, or `jobs.gateway` in the configuration of the bundle does not name its job.',
    impact: 'Every other alert of this bundle is blind.',
    check: [
      { text: 'Which jobs does Prometheus scrape?', query: promql`count by (job) (${up})`, mayBeEmpty: true },
      { text: 'Targets and their errors.', command: targetsCommand },
    ],
    act: [
      {
        text: 'Restore the target, or correct `jobs.gateway` and generate the rules again.',
        command: 'npx gateway-observability generate --config site.yaml --out build',
      },
    ],
    over: {
      query: promql`${up}{${site.gateway}}`,
      becomes: 'present',
      text: 'Prometheus has a gateway to scrape.',
    },
    returnsIf: 'The target is dropped again.',
  }),

  GatewayMetricsMissing: ({ site }) => ({
    firesWhen: 'a gateway is scraped, but a metric that every supported build always exposes is missing',
    meaning:
      'Another program answers at that address, or a new build renamed or dropped metrics. Metrics with labels may have no series yet, so they are not judged.',
    impact: 'Alerts of this bundle may be blind for what the new build calls differently.',
    check: [
      {
        text: 'When did the process start?',
        query: promql`${processStartTime}{${site.gateway}, instance="$INSTANCE"}`,
        mayBeEmpty: true,
      },
      { text: 'Is it up?', query: promql`${up}{${site.gateway}, instance="$INSTANCE"}` },
      {
        text: 'What differs from the contract?',
        command: 'npx gateway-observability verify --metrics "http://$INSTANCE/metrics"',
      },
    ],
    act: [{ text: 'Correct the target, or upgrade this bundle together with the gateway.' }],
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
    meaning:
      'The alert shows that alerts arrive. A service outside the site expects its notification and reports when it stops. You are here because that service has called you.',
    impact: 'While notifications do not arrive, no other alert of this site arrives either.',
    check: [
      {
        text: 'Does Prometheus evaluate its rules? The alert should be there.',
        query: promql`${alerts}{alertname="GatewayWatchdogFiring", alertstate="firing"}`,
      },
      {
        text: 'Does Alertmanager have the alert, and is it silenced or inhibited?',
        command:
          'amtool --alertmanager.url="$ALERTMANAGER" alert query -s -i alertname=GatewayWatchdogFiring',
      },
      {
        text: 'Does Prometheus reach Alertmanager?',
        command: `curl -sS "$PROMETHEUS/api/v1/alertmanagers" | jq -c .data`,
      },
      {
        text: 'Do notifications fail?',
        command: `curl -sS "$ALERTMANAGER/metrics" | grep -E '^alertmanager_notifications_failed_total.* [1-9]'`,
      },
    ],
    act: [
      {
        text: 'Start what is not running: Prometheus, Alertmanager, or the network between them and the receiver.',
      },
      { text: 'Until then, watch the dashboards: no other alert arrives.' },
    ],
    avoid: ['Silence this alert: its notification is the sign of life.'],
    over: {
      query: promql`${alerts}{alertname="GatewayWatchdogFiring", alertstate="firing"}`,
      becomes: 'present',
      text: 'The service outside receives the notification again.',
    },
    returnsIf: 'Prometheus or Alertmanager stops again.',
  }),
};
