import { z } from 'zod';
import { SEVERITIES } from '../model/severity.js';
import {
  durationField,
  flagField,
  foundText,
  labelNameField,
  labelsField,
  numberField,
  onOffField,
  regexField,
  section,
  textField,
  timeField,
  urlField,
} from './fields.js';

/** A text that is pasted into a shell. */
const ONE_LINE = /^[^\p{Cc}]+$/u;

export const schema = section(
  {
    jobs: section(
      {
        gateway: regexField(
          'gateway',
          'Job of the gateway processes; a regular expression, anchored at both ends.',
        ),
        exporter: regexField('pending-writes-exporter', 'Job of the exporters beside the workers; likewise.'),
      },
      'Which targets are which.',
    ),
    groupBy: z
      .array(labelNameField, {
        error: (issue) => `${foundText(issue.input)}, expected a list of label names`,
      })
      .refine((names) => new Set(names).size === names.length, {
        error: (issue) => `${foundText(issue.input)}, expected every label once`,
      })
      .default([])
      .describe(
        'Labels that tell one gateway from another, for example [cluster, namespace]. Gateway and workers of one installation must carry the same values.',
      ),
    scrapeInterval: timeField('30s', 'How often Prometheus scrapes the gateway and the exporters.'),
    evaluationInterval: timeField(
      '30s',
      'How often the rule groups are evaluated; written into every group.',
    ),
    rateWindow: timeField('5m', 'Window of every rate and increase; at least four scrape intervals.'),
    datasource: section(
      {
        uid: textField('the uid of a Grafana datasource')
          .min(1)
          .default('prometheus')
          .describe('Uid of the Prometheus datasource in Grafana.'),
      },
      'Where the dashboards read from.',
    ),
    links: section(
      {
        runbooks: urlField(
          'Where the pages of runbooks/ are published. Unset: alerts name the page by its path, runbooks/<Alert>.md.',
        ),
        operatorRunbook: urlField(
          'A runbook of your own in place of runbooks/gateway.md. The anchors of the steps are appended, so it should have the same ones; a page without them opens at its top.',
        ),
        dashboards: urlField(
          'Address of Grafana. Unset: links are paths from the root of Grafana, /d/<uid>, which work inside Grafana only.',
        ),
      },
      'Base addresses of the links in alerts and dashboards.',
    ),
    commands: section(
      {
        prometheus: urlField('Address of Prometheus. Unset: the on-call fills it in.'),
        alertmanager: urlField('Address of Alertmanager. Unset: the on-call fills it in.'),
        gatewayApi: urlField("Address of the gateway's API. Unset: the on-call fills it in."),
        secretFile: textField('the path of a file')
          .regex(ONE_LINE, { error: (issue) => `${foundText(issue.input)}, expected one line` })
          .optional()
          .describe(
            'File that holds the shared secret of the gateway on the machine where the on-call works. Commands read it; it never appears on a command line. Unset: the on-call fills it in.',
          ),
        stateFile: textField('the path of a file')
          .regex(ONE_LINE, { error: (issue) => `${foundText(issue.input)}, expected one line` })
          .default('/var/lib/worker/pending-writes-state.json')
          .describe('Path of the state file on the host of a worker.'),
      },
      'What the commands in the runbook pages use.',
    ),
    labels: labelsField('Labels added to every alert, for example a team.'),
    escrow: onOffField(
      'on',
      'Whether the gateway runs with escrow; no metric shows it. `off`: writes need no lease and read-only answers are normal, so alerts about leases are left out.',
    ),
    watchdog: onOffField(
      'off',
      'Whether to add GatewayWatchdogFiring, an alert that always fires, and its route. A service outside that expects its notification notices when Prometheus or Alertmanager stops sending. `off` for sites that have such an alert.',
    ),
    workers: section(
      {
        alwaysOn: flagField(
          false,
          'True where workers are servers: an absent worker exporter is then a fault, not a closed laptop, and pending writes should reach a worker soon.',
        ),
        exporterRunsWithWorker: flagField(
          false,
          'True where each exporter runs exactly as long as its worker (a sidecar, a unit bound to the worker): an exporter that is up then proves a worker that is up.',
        ),
      },
      'What this site knows of its workers.',
    ),
    thresholds: section(
      {
        pendingWrites: section(
          {
            infoAfter: timeField('1h', 'A relay pending this long is shown as information.'),
            warningAfter: timeField('16h', 'A relay pending this long is a ticket; longer than any night.'),
            criticalAfter: timeField('24h', 'A relay pending this long pages.'),
            stuckAfter: timeField(
              '10m',
              'A worker that was told of pending writes should have ingested them by then.',
            ),
            carryFor: timeField(
              '12h',
              'How long a pending relay is remembered after its gauge vanished (gateway restart).',
            ),
            unpushedAfter: timeField(
              '10m',
              'Pending for this long although a worker of the relay was active, and no push has reached it: refused pushes or a lost registration.',
            ),
          },
          'How long writes may be pending.',
        ),
        pushWait: section(
          {
            slowSeconds: numberField(
              120,
              0,
              100_000,
              'An acknowledgement slower than this is slow. Seconds; must be a bucket bound of the histogram, below the top one.',
            ),
            slowShare: numberField(
              0.5,
              0,
              1,
              'Share of slow acknowledgements, among those under the top bucket, that alerts.',
            ),
            failedShare: numberField(0.5, 0, 1, 'Share of refused or failed pushes that alerts.'),
          },
          'How quickly workers must take a push.',
        ),
        leaseExpiry: section(
          {
            expiringWithin: timeField(
              '2m',
              "Remaining time at which a lease counts as about to expire; the gateway's own warning is at 120 s.",
            ),
            wantedWithin: timeField(
              '2m',
              'A write at most this long ago says that writes are wanted; an expired lease pages when they still are this long after the expiry. At least four scrapes.',
            ),
            leaseDuration: timeField('10m', 'How long the escrow policy grants a lease.'),
          },
          'Escrow leases.',
        ),
        replicaFallback: section(
          {
            infoAfter: timeField('4h', 'The replica as main path for this long is shown as information.'),
            warningAfter: timeField(
              '16h',
              'The replica as main path for this long is a ticket; longer than any night.',
            ),
            quietAfter: timeField(
              '30m',
              'Without a request to the replica for this long, the fallback has ended.',
            ),
            mirrorLagSeconds: numberField(
              900,
              1,
              86_400,
              'A mirror that serves reads and lags this many seconds is stale.',
            ),
          },
          'Replica fallback and mirrors.',
        ),
        workerQueue: section(
          {
            pendingAfter: timeField(
              '30m',
              "A relay pending in the worker's file for this long is shown as a ticket.",
            ),
            disagreeAfter: timeField('10m', 'Gateway and worker may differ for this long before it counts.'),
          },
          "The worker's queue file.",
        ),
        objective: section(
          {
            clearedWithin: timeField('16h', 'Pending writes should be cleared within this time.'),
            target: numberField(
              0.99,
              0.5,
              0.9999,
              'Share of relay-minutes pending that must lie within that time.',
            ),
          },
          'The service level objective.',
        ),
      },
      'When a measured value is a problem. Alerts and panels read the same values.',
    ),
    alerts: z
      .record(
        z.string(),
        z.strictObject(
          {
            severity: z
              .enum(SEVERITIES, {
                error: (issue) => `${foundText(issue.input)}, expected one of ${SEVERITIES.join(', ')}`,
              })
              .optional()
              .describe('Another severity than the one the alert comes with.'),
            for: durationField(0)
              .optional()
              .describe('How long the expression must hold before the alert fires; 0s: it fires at once.'),
            keepFiringFor: durationField(0).optional().describe('How long it keeps firing afterwards.'),
            labels: labelsField('Labels added to this alert.'),
            disabled: textField('the reason why the alert is disabled, in words')
              .refine((reason) => reason.trim().length >= 10, {
                error: (issue) =>
                  `${foundText(issue.input)}, expected the reason in words (10 characters or more)`,
              })
              .optional()
              .describe(
                'Switches the alert off; the value is the reason and appears in the generated reference.',
              ),
          },
          {
            error: (issue) =>
              issue.code === 'invalid_type'
                ? `${foundText(issue.input)}, expected a mapping of keys`
                : undefined,
          },
        ),
        {
          error: (issue) =>
            issue.code === 'invalid_type'
              ? `${foundText(issue.input)}, expected alert names with settings`
              : undefined,
        },
      )
      .default({})
      .describe('Settings per alert, by the name of the alert.'),
  },
  'Configuration of gateway-observability.',
);

/** The resolved configuration: every key has a value. */
export type Config = z.output<typeof schema>;

/** A configuration as written in the file: every key optional. */
export type ConfigInput = z.input<typeof schema>;
