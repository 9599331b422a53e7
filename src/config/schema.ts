import * as z from 'zod';
import { SEVERITIES } from '../model/severity.js';
import {
  annotationsField,
  durationField,
  externalLabelsField,
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
import {
  folderField,
  grafanaProvisioningSection,
  kubernetesSection,
  mimirSection,
  targetsField,
} from './target-sections.js';

/** A text that is pasted into a shell, or part of a sentence. */
const ONE_LINE = /^[^\p{Cc}]+$/u;

const contactField = (description: string) =>
  textField('a text, such as a name, a phone number or a link')
    .regex(ONE_LINE, { error: (issue) => `${foundText(issue.input)}, expected one line` })
    .refine((text) => /\S/.test(text), {
      error: (issue) => `${foundText(issue.input)}, expected a name, a phone number or a link`,
    })
    .transform((text) => text.trim())
    .optional()
    .describe(description);

export const schema = section(
  {
    jobs: section(
      {
        gateway: regexField(
          'gateway',
          'Job of the gateway processes: a regular expression, anchored at both ends.',
        ),
        exporter: regexField(
          'pending-writes-exporter',
          'Job of the worker exporters: a regular expression, anchored at both ends.',
        ),
      },
      'Scrape jobs of the targets.',
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
        'Labels that distinguish installations, for example [cluster, namespace]. The gateway and the workers of one installation must have the same values.',
      ),
    externalLabels: externalLabelsField(
      'Labels that Prometheus adds when it sends alerts and samples away (`external_labels`), with their values, for example `cluster: eu-1`. Texts and links of alerts take them from there. Grafana-managed rules have no external labels and get the values; an empty value, for files that several Prometheus servers load, leaves those labels to the data source.',
    ),
    scrapeInterval: timeField('30s', 'Scrape interval of the gateway and the exporters.'),
    evaluationInterval: timeField('30s', 'Evaluation interval, written into every rule group.'),
    rateWindow: timeField('5m', 'Window of rates and increases; at least four scrape intervals.'),
    datasource: section(
      {
        uid: textField('the uid of a Grafana data source')
          .min(1)
          .default('prometheus')
          .describe('Uid of the Prometheus data source in Grafana.'),
      },
      'Data source of the dashboards.',
    ),
    links: section(
      {
        runbooks: urlField(
          'Base address where runbooks/ is published. Unset: alerts contain the path of the page, runbooks/<Alert>.md.',
        ),
        operatorRunbook: urlField(
          'Your own runbook, to replace runbooks/gateway.md. The anchors of the steps are appended, so it should have the same ones; a page without them opens at its top.',
        ),
        dashboards: urlField(
          'Address of Grafana. Unset: links are paths, /d/<uid>, which work only inside Grafana.',
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
    contacts: section(
      {
        gateway: contactField(
          'The owner of the gateway, its mirrors and the escrow service, and how to reach them at night. Markdown.',
        ),
        workers: contactField(
          'Where to look up the owner of a worker by its host, and the users of a relay by its key. Markdown.',
        ),
        configuration: contactField(
          'The people who maintain this configuration and run Prometheus. Markdown.',
        ),
      },
      'Whom to ask, for the runbook pages. Anyone who can read the pages can read the contacts.',
    ),
    labels: labelsField('Labels added to every alert, for example team.'),
    escrow: onOffField(
      'on',
      'Whether the gateway runs with escrow; no metric shows this. `off`: writes need no lease and read-only answers are normal, so alerts about leases are omitted.',
    ),
    watchdog: onOffField(
      'off',
      'Whether to add GatewayWatchdogFiring, an alert that always fires, and its route. A service outside that expects its notification notices when Prometheus or Alertmanager stops sending. `off` for sites that have such an alert.',
    ),
    workers: section(
      {
        alwaysOn: flagField(
          false,
          'Set to true if the workers are servers. An exporter that is down is then a fault, not a closed laptop, and pending writes should reach a worker soon.',
        ),
        exporterRunsWithWorker: flagField(
          false,
          'Set to true if each exporter runs exactly as long as its worker (a sidecar, or a unit bound to the worker). An exporter that is up then proves that its worker is up.',
        ),
      },
      'Properties of the workers at this site.',
    ),
    thresholds: section(
      {
        pendingWrites: section(
          {
            infoAfter: timeField('1h', 'Pending time after which an info alert fires.'),
            warningAfter: timeField(
              '16h',
              'Pending time after which a warning fires; longer than an overnight outage.',
            ),
            criticalAfter: timeField('24h', 'Pending time after which a critical alert fires.'),
            stuckAfter: timeField(
              '10m',
              'Time within which a worker should ingest writes after it received the push.',
            ),
            carryFor: timeField(
              '12h',
              'How long a pending relay is remembered after its gauge disappeared (gateway restart).',
            ),
            unpushedAfter: timeField(
              '10m',
              'Time within which a push should reach an active worker of a pending relay. Longer means refused pushes or a lost registration.',
            ),
          },
          'Pending writes.',
        ),
        pushWait: section(
          {
            slowSeconds: numberField(
              120,
              0,
              100_000,
              'An acknowledgement that takes longer is slow. In seconds; must be a bucket bound of the histogram, below the top one.',
            ),
            slowShare: numberField(
              0.5,
              0,
              1,
              'Share of slow acknowledgements, among those below the top bucket, above which an alert fires.',
            ),
            failedShare: numberField(
              0.5,
              0,
              1,
              'Share of refused or failed pushes above which an alert fires.',
            ),
          },
          'Pushes and acknowledgements.',
        ),
        leaseExpiry: section(
          {
            expiringWithin: timeField(
              '2m',
              "Time left at which a lease counts as about to expire. The gateway's own warning is at 120 s.",
            ),
            wantedWithin: timeField(
              '2m',
              'Clients count as writing for this long after a write. An expired lease pages if clients still write this long after the expiry. At least four scrape intervals.',
            ),
            leaseDuration: timeField('10m', 'Duration of a lease, as set in the escrow policy.'),
          },
          'Escrow leases.',
        ),
        replicaFallback: section(
          {
            infoAfter: timeField('4h', 'Time served from the replica after which an info alert fires.'),
            warningAfter: timeField(
              '16h',
              'Time served from the replica after which a warning fires; longer than an overnight outage.',
            ),
            quietAfter: timeField(
              '30m',
              'The fallback ends after this time without a request to the replica.',
            ),
            mirrorLagSeconds: numberField(
              900,
              1,
              86_400,
              'Lag in seconds from which a mirror that serves reads is stale.',
            ),
          },
          'Replica fallback and mirrors.',
        ),
        workerQueue: section(
          {
            pendingAfter: timeField('30m', "Pending time in the worker's file after which a warning fires."),
            disagreeAfter: timeField(
              '10m',
              'How long the gateway and a worker may disagree before an alert fires.',
            ),
          },
          "The worker's state file.",
        ),
        objective: section(
          {
            clearedWithin: timeField('16h', 'Time within which pending writes should be cleared.'),
            target: numberField(
              0.99,
              0.5,
              0.9999,
              'Share of pending relay-minutes that must be within clearedWithin.',
            ),
          },
          'Service level objective.',
        ),
      },
      'Thresholds of alerts and panels.',
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
              .describe('Overrides the severity of the alert.'),
            for: durationField(0)
              .optional()
              .describe('How long the expression must hold before the alert fires; 0s means at once.'),
            keepFiringFor: durationField(0)
              .optional()
              .describe('How long the alert keeps firing after the expression no longer holds.'),
            labels: labelsField('Labels added to this alert.'),
            annotations: annotationsField(
              'Annotations added to this alert, or replacing annotations with the same name. Values may be templates.',
            ),
            disabled: textField('the reason why the alert is disabled')
              .refine((reason) => reason.trim().length >= 10, {
                error: (issue) => `${foundText(issue.input)}, expected a reason of at least 10 characters`,
              })
              .optional()
              .describe(
                'Disables the alert. The value is the reason; it appears in the generated reference.',
              ),
          },
          { error: (issue) => `${foundText(issue.input)}, expected a mapping of keys` },
        ),
        { error: (issue) => `${foundText(issue.input)}, expected alert names with settings` },
      )
      .default({})
      .describe('Settings per alert, by alert name.'),
    targets: targetsField,
    folder: folderField,
    kubernetes: kubernetesSection,
    grafanaProvisioning: grafanaProvisioningSection,
    mimir: mimirSection,
  },
  'Configuration of gateway-observability.',
);

/** The resolved configuration: every key has a value. */
export type Config = z.output<typeof schema>;

/** A configuration as written in the file: every key optional. */
export type ConfigInput = z.input<typeof schema>;
