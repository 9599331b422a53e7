import { readFileSync } from 'node:fs';
import { closest, distance } from 'fastest-levenshtein';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { gatewayPendingWritePushWait } from '../metrics/gateway.js';
import { metrics } from '../metrics/index.js';
import { type AlertDefinition, SEVERITIES } from './model.js';
import { type Duration, duration, durationSeconds } from './promql.js';
import { matchesPattern, patternFault } from './regular-expression.js';

/** One thing wrong with a configuration: where, what was found, what is expected. */
export interface ConfigProblem {
  /** Dotted path of the key, for example `thresholds.pushWait.slowSeconds`; empty for the whole file. */
  readonly field: string;
  readonly message: string;
}

/** A configuration that cannot be used. `message` has one line per problem. */
export class ConfigError extends Error {
  constructor(
    readonly file: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    super(problems.map((p) => `${file}: ${p.field === '' ? '(file)' : p.field}: ${p.message}`).join('\n'));
    this.name = 'ConfigError';
  }
}

const found = (value: unknown): string => {
  // JSON has no NaN and no infinity.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return `found ${text === undefined ? 'nothing' : text.length > 80 ? `${text.slice(0, 77)}...` : text}`;
};

const YEAR = 31_536_000;

/** A duration, `least` seconds to a year long: Prometheus cannot hold much longer ones. */
const durationKey = (least: number) =>
  z
    .string({ error: (issue) => `${found(issue.input)}, expected a duration such as 30s, 5m or 1h30m` })
    .superRefine((text, context) => {
      try {
        duration(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return;
      }
      const seconds = durationSeconds(text as Duration);
      if (!Number.isInteger(seconds)) {
        context.addIssue({ code: 'custom', message: `${found(text)}, expected whole seconds` });
      } else if (seconds < least || seconds > YEAR) {
        const expected = seconds > YEAR ? 'at most 1y' : 'a duration above 0s';
        context.addIssue({ code: 'custom', message: `${found(text)}, expected ${expected}` });
      }
    })
    .transform((text) => text as Duration);

const time = (fallback: string, description: string) =>
  durationKey(1)
    .default(fallback as Duration)
    .describe(description);

const number = (fallback: number, low: number, high: number, description: string) =>
  z
    .number({ error: (issue) => `${found(issue.input)}, expected a number from ${low} to ${high}` })
    .refine((n) => n >= low && n <= high, {
      error: (issue) => `${found(issue.input)}, expected a number from ${low} to ${high}`,
    })
    .default(fallback)
    .describe(description);

const flag = (fallback: boolean, description: string) =>
  z
    .boolean({ error: (issue) => `${found(issue.input)}, expected true or false` })
    .default(fallback)
    .describe(description);

/** `on` or `off`. YAML 1.2 reads the two words as text, YAML 1.1 as booleans, so both are taken. */
const onOff = (fallback: 'on' | 'off', description: string) =>
  z
    .union([z.enum(['on', 'off']), z.boolean()], {
      error: (issue) => `${found(issue.input)}, expected on or off`,
    })
    .transform((value): 'on' | 'off' => (typeof value === 'string' ? value : value ? 'on' : 'off'))
    .default(fallback)
    .describe(description);

const text = (expected: string) =>
  z.string({ error: (issue) => `${found(issue.input)}, expected ${expected}` });

const section = <Shape extends z.ZodRawShape>(shape: Shape, description: string) =>
  z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === 'invalid_type' ? `${found(issue.input)}, expected a mapping of keys` : undefined,
    })
    .prefault({} as never)
    .describe(description);

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels that our rules and Prometheus give a meaning of their own. */
const RESERVED_LABELS = ['alertname', 'severity', 'signal', 'relay', 'job', 'instance', 'le', '__name__'];

const labelName = z
  .string({ error: (issue) => `${found(issue.input)}, expected a label name` })
  .refine((name) => LABEL_NAME.test(name), {
    error: (issue) =>
      `${found(issue.input)}, expected a Prometheus label name: letters, digits and _, no digit first`,
  })
  .refine((name) => !name.startsWith('__') || name === '__name__', {
    error: (issue) =>
      `${found(issue.input)}, expected a label that Prometheus keeps: none that begins with __`,
  })
  .refine((name) => !RESERVED_LABELS.includes(name), {
    error: (issue) => `${found(issue.input)}, which the rules use themselves; expected another label`,
  });

const labels = (description: string) =>
  z
    .record(labelName, text('a text'), {
      error: (issue) =>
        issue.code === 'invalid_type' ? `${found(issue.input)}, expected label names with values` : undefined,
    })
    .default({})
    .describe(description);

const regex = (fallback: string, description: string) =>
  text('a regular expression')
    .min(1, { error: 'found "", expected a regular expression that selects the targets' })
    .superRefine((pattern, context) => {
      const fault = patternFault(pattern);
      if (fault === undefined) return;
      context.addIssue({
        code: 'custom',
        message: `${found(pattern)}, expected another regular expression: this one ${fault}`,
      });
    })
    .default(fallback)
    .describe(description);

const baseUrl = (description: string) =>
  text('an http or https URL')
    .refine((url) => /^https?:\/\/[^\s/?#]+[^\s?#]*$/.test(url), {
      error: (issue) => `${found(issue.input)}, expected an http or https URL without ? and #`,
    })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(description);

const configSchema = section(
  {
    jobs: section(
      {
        gateway: regex(
          'gateway',
          'Job of the gateway processes; a regular expression, anchored at both ends.',
        ),
        exporter: regex('pending-writes-exporter', 'Job of the exporters beside the workers; likewise.'),
      },
      'Which targets are which.',
    ),
    groupBy: z
      .array(labelName, { error: (issue) => `${found(issue.input)}, expected a list of label names` })
      .refine((names) => new Set(names).size === names.length, {
        error: (issue) => `${found(issue.input)}, expected every label once`,
      })
      .default([])
      .describe(
        'Labels that tell one gateway from another, for example [cluster, namespace]. Gateway and workers of one installation must carry the same values.',
      ),
    scrapeInterval: time('30s', 'How often Prometheus scrapes the gateway and the exporters.'),
    evaluationInterval: time('30s', 'How often the rule groups are evaluated; written into every group.'),
    rateWindow: time('5m', 'Window of every rate and increase; at least four scrape intervals.'),
    datasource: section(
      {
        uid: text('the uid of a Grafana datasource')
          .min(1)
          .default('prometheus')
          .describe('Uid of the Prometheus datasource in Grafana.'),
      },
      'Where the dashboards read from.',
    ),
    links: section(
      {
        runbooks: baseUrl(
          'Where the pages of runbooks/ are published. Unset: alerts name the page by its path, runbooks/<Alert>.md.',
        ),
        dashboards: baseUrl(
          'Address of Grafana. Unset: links are paths from the root of Grafana, /d/<uid>, which work inside Grafana only.',
        ),
      },
      'Base addresses of the links in alerts and dashboards.',
    ),
    labels: labels('Labels added to every alert, for example a team.'),
    escrow: onOff(
      'on',
      'Whether the gateway runs with escrow; no metric shows it. `off`: writes need no lease and read-only answers are normal, so alerts about leases are left out.',
    ),
    workers: section(
      {
        alwaysOn: flag(
          false,
          'True where workers are servers: an absent worker exporter is then a fault, not a closed laptop, and pending writes should reach a worker soon.',
        ),
        exporterRunsWithWorker: flag(
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
            infoAfter: time('1h', 'A relay pending this long is shown as information.'),
            warningAfter: time('16h', 'A relay pending this long is a ticket; longer than any night.'),
            criticalAfter: time('24h', 'A relay pending this long pages.'),
            stuckAfter: time(
              '10m',
              'A worker that was told of pending writes should have ingested them by then.',
            ),
            carryFor: time(
              '12h',
              'How long a pending relay is remembered after its gauge vanished (gateway restart).',
            ),
            unpushedAfter: time(
              '10m',
              'Pending for this long although a worker of the relay was active, and no push has reached it: refused pushes or a lost registration.',
            ),
          },
          'How long writes may be pending.',
        ),
        pushWait: section(
          {
            slowSeconds: number(
              120,
              0,
              100_000,
              'An acknowledgement slower than this is slow. Seconds; must be a bucket bound of the histogram, below the top one.',
            ),
            slowShare: number(
              0.5,
              0,
              1,
              'Share of slow acknowledgements, among those under the top bucket, that alerts.',
            ),
            failedShare: number(0.5, 0, 1, 'Share of refused or failed pushes that alerts.'),
          },
          'How quickly workers must take a push.',
        ),
        leaseExpiry: section(
          {
            expiringWithin: time(
              '2m',
              "Remaining time at which a lease counts as about to expire; the gateway's own warning is at 120 s.",
            ),
            wantedWithin: time(
              '2m',
              'A write at most this long ago says that writes are wanted; an expired lease pages when they still are this long after the expiry. At least four scrapes.',
            ),
            leaseDuration: time('10m', 'How long the escrow policy grants a lease.'),
          },
          'Escrow leases.',
        ),
        replicaFallback: section(
          {
            infoAfter: time('4h', 'The replica as main path for this long is shown as information.'),
            warningAfter: time(
              '16h',
              'The replica as main path for this long is a ticket; longer than any night.',
            ),
            quietAfter: time(
              '30m',
              'Without a request to the replica for this long, the fallback has ended.',
            ),
            mirrorLagSeconds: number(
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
            pendingAfter: time(
              '30m',
              "A relay pending in the worker's file for this long is shown as a ticket.",
            ),
            disagreeAfter: time('10m', 'Gateway and worker may differ for this long before it counts.'),
          },
          "The worker's queue file.",
        ),
        objective: section(
          {
            clearedWithin: time('16h', 'Pending writes should be cleared within this time.'),
            target: number(
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
                error: (issue) => `${found(issue.input)}, expected one of ${SEVERITIES.join(', ')}`,
              })
              .optional()
              .describe('Another severity than the one the alert comes with.'),
            for: durationKey(0)
              .optional()
              .describe('How long the expression must hold before the alert fires; 0s: it fires at once.'),
            keepFiringFor: durationKey(0).optional().describe('How long it keeps firing afterwards.'),
            labels: labels('Labels added to this alert.'),
            disabled: text('the reason why the alert is disabled, in words')
              .refine((reason) => reason.trim().length >= 10, {
                error: (issue) =>
                  `${found(issue.input)}, expected the reason in words (10 characters or more)`,
              })
              .optional()
              .describe(
                'Switches the alert off; the value is the reason and appears in the generated reference.',
              ),
          },
          {
            error: (issue) =>
              issue.code === 'invalid_type' ? `${found(issue.input)}, expected a mapping of keys` : undefined,
          },
        ),
        {
          error: (issue) =>
            issue.code === 'invalid_type'
              ? `${found(issue.input)}, expected alert names with settings`
              : undefined,
        },
      )
      .default({})
      .describe('Settings per alert, by the name of the alert.'),
  },
  'Configuration of gateway-observability.',
);

/** The resolved configuration: every key has a value. */
export type Config = z.output<typeof configSchema>;
/** A configuration as written in the file: every key optional. */
export type ConfigInput = z.input<typeof configSchema>;

/** The schema itself, for the reference of the configuration. */
export const schema = configSchema;

/**
 * Checks a configuration and fills in the defaults. Throws {@link ConfigError} that lists every problem.
 *
 * @param file name to use in error messages
 */
export function parseConfig(input: unknown, file = 'configuration'): Config {
  const result = configSchema.safeParse(input ?? {});
  if (!result.success) throw new ConfigError(file, result.error.issues.flatMap(describeIssue));
  const problems = crossChecks(result.data);
  if (problems.length > 0) throw new ConfigError(file, problems);
  return result.data;
}

/** Reads a YAML configuration file. Throws {@link ConfigError}, also for a file that cannot be read. */
export function loadConfig(file: string): Config {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigError(file, [{ field: '', message: `cannot be read (${reason}), expected a YAML file` }]);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter });
  // A tag that the schema does not know (`!secret`) is a warning, and its value would be taken as it stands.
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken !== undefined) {
    const { line, col } = lineCounter.linePos(broken.pos[0]);
    const what =
      broken.code === 'MULTIPLE_DOCS'
        ? 'a second document'
        : (broken.message.split('\n')[0] as string).replace(/ at line \d+, column \d+:?$/, '');
    const message = `line ${line}, column ${col}: found ${what}, expected valid YAML of one document`;
    throw new ConfigError(file, [{ field: '', message }]);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // An alias without its anchor, or aliases that multiply without end.
    const message = `found ${(error as Error).message}, expected valid YAML`;
    throw new ConfigError(file, [{ field: '', message }]);
  }
  return parseConfig(value, file);
}

/** `, did you mean "x"?` where a name is close to one of the known ones. */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const best = closest(name, known);
  return distance(name.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(best.length / 3))
    ? `, did you mean ${JSON.stringify(best)}?`
    : '';
}

function describeIssue(issue: z.core.$ZodIssue): ConfigProblem[] {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path);
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      message: `unknown key${suggestion(key, known)}; expected one of ${known.join(', ')}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ field, message: inner.message }));
  }
  return [{ field, message: issue.message }];
}

/** The keys that the schema knows at a path. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let node: z.ZodType = configSchema;
  for (const step of [...path, undefined]) {
    while (!(node instanceof z.ZodObject) && !(node instanceof z.ZodRecord)) {
      const inner: unknown = (node as { def?: { innerType?: unknown; in?: unknown } }).def?.innerType;
      if (!(inner instanceof z.ZodType)) return [];
      node = inner;
    }
    if (step === undefined) break;
    node = (node instanceof z.ZodObject ? node.shape[String(step)] : node.valueType) as z.ZodType;
    if (node === undefined) return [];
  }
  return node instanceof z.ZodObject ? Object.keys(node.shape) : [];
}

/** How far Prometheus looks back for a series' last sample unless a range says otherwise. */
const LOOKBACK_SECONDS = 300;

/** What no single key can know: values against each other and against the contract of the metrics. */
function crossChecks(config: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const { thresholds } = config;
  const at = (path: string): Duration =>
    path
      .split('.')
      .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], config) as Duration;
  const before = (earlier: string, later: string, why: string) => {
    if (durationSeconds(at(earlier)) >= durationSeconds(at(later))) {
      problems.push({
        field: earlier,
        message: `found ${at(earlier)}, expected less than ${later} (${at(later)}): ${why}`,
      });
    }
  };
  const atLeast = (field: string, seconds: number, why: string) => {
    if (durationSeconds(at(field)) < seconds) {
      problems.push({ field, message: `found ${at(field)}, expected at least ${seconds}s: ${why}` });
    }
  };

  for (const signal of ['pendingWrites', 'replicaFallback']) {
    before(
      `thresholds.${signal}.infoAfter`,
      `thresholds.${signal}.warningAfter`,
      'information comes before the warning',
    );
  }
  before(
    'thresholds.pendingWrites.warningAfter',
    'thresholds.pendingWrites.criticalAfter',
    'the warning comes before the page',
  );
  before(
    'thresholds.leaseExpiry.expiringWithin',
    'thresholds.leaseExpiry.leaseDuration',
    'or every lease is about to expire from its first second',
  );
  for (const field of ['scrapeInterval', 'evaluationInterval']) {
    if (durationSeconds(at(field)) >= LOOKBACK_SECONDS) {
      problems.push({
        field,
        message: `found ${at(field)}, expected less than 5m: Prometheus looks no further back for the last sample`,
      });
    }
  }
  const scrape = durationSeconds(config.scrapeInterval);
  const four = 'a range holds at least four scrapes, or one missed scrape makes it blind';
  atLeast('rateWindow', 4 * scrape, four);
  for (const field of ['thresholds.leaseExpiry.wantedWithin', 'thresholds.replicaFallback.quietAfter']) {
    atLeast(field, 4 * scrape, four);
  }
  atLeast(
    'thresholds.leaseExpiry.expiringWithin',
    2 * scrape,
    'shorter than two scrapes, it can pass unseen',
  );
  atLeast(
    'thresholds.workerQueue.disagreeAfter',
    2 * scrape,
    'two jobs are never scraped at the same moment',
  );
  const betweenPushes = 360 + 2 * scrape;
  for (const field of ['thresholds.pendingWrites.stuckAfter', 'thresholds.pendingWrites.unpushedAfter']) {
    atLeast(
      field,
      betweenPushes + scrape,
      'pushes come up to 6 minutes apart, and a push of an earlier write must have left the window',
    );
  }

  const bounds = gatewayPendingWritePushWait.buckets ?? [];
  const usable = bounds.slice(0, -1);
  if (!usable.includes(thresholds.pushWait.slowSeconds)) {
    const top = bounds.at(-1) as number;
    const where =
      thresholds.pushWait.slowSeconds >= top ? `, which is not below the top bucket of ${top}` : '';
    problems.push({
      field: 'thresholds.pushWait.slowSeconds',
      message: `found ${thresholds.pushWait.slowSeconds}${where}; expected a bucket bound of ${gatewayPendingWritePushWait.name}: ${usable.join(', ')}`,
    });
  }
  const { gateway, exporter } = config.jobs;
  if (matchesPattern(gateway, exporter) || matchesPattern(exporter, gateway)) {
    problems.push({
      field: 'jobs.exporter',
      message: `found ${JSON.stringify(exporter)}, which selects targets of jobs.gateway (${JSON.stringify(gateway)}) as well; expected another job`,
    });
  }
  config.groupBy.forEach((name, i) => {
    const metric = metrics.find(({ labels }) => Object.hasOwn(labels, name));
    if (metric !== undefined) {
      problems.push({
        field: `groupBy.${i}`,
        message: `found "${name}", which is a label of ${metric.name} itself; expected a label that every target has`,
      });
    }
  });
  for (const name of Object.keys(config.labels)) {
    if (config.groupBy.includes(name)) {
      problems.push({
        field: `labels.${name}`,
        message: 'is in groupBy as well; a fixed value would hide the measured one',
      });
    }
  }
  return problems;
}

/**
 * What the settings say of alerts that cannot be: alerts that do not exist, with the nearest name that does, and added labels
 * that would hide what an alert's expression measures.
 */
export function unknownAlerts(
  config: Config,
  alerts: readonly Pick<AlertDefinition, 'alert' | 'labels'>[],
): ConfigProblem[] {
  const names = alerts.map((a) => a.alert);
  const unknown = Object.keys(config.alerts)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      field: `alerts.${name}`,
      message: `no alert has this name${suggestion(name, names)}`,
    }));
  const hiding = alerts.flatMap(({ alert, labels }) => {
    const own = config.alerts[alert]?.labels ?? {};
    const measured = (name: string) => labels.includes(name) || config.groupBy.includes(name);
    return [
      ...Object.keys(own)
        .filter(measured)
        .map((name) => ({ field: `alerts.${alert}.labels.${name}`, alert })),
      ...Object.keys(config.labels)
        .filter((name) => labels.includes(name))
        .map((name) => ({ field: `labels.${name}`, alert })),
    ];
  });
  return [
    ...unknown,
    ...hiding.map(({ field, alert }) => ({
      field,
      message: `is a label that ${alert} carries from its expression; a fixed value would hide the measured one`,
    })),
  ];
}
