import * as z from 'zod';
import { ConfigError } from '../config/error.js';
import { foundText } from '../config/fields.js';
import { suggestion } from '../config/suggestion.js';
import { SEVERITIES } from '../model/severity.js';
import type { ProjectConfig } from './define-config.js';

/*
 * A configuration file is loaded without a type check, and may be JavaScript. What the rest of the program relies on is checked
 * here; whether the definitions make sense is for the checks of the bundle.
 */

const expected = (what: string) => (issue: { readonly input?: unknown }) =>
  `${foundText(issue.input)}, expected ${what}`;

const text = (what = 'a text') => z.string({ error: expected(what) }).min(1);
const texts = (what: string) => z.array(text(), { error: expected(what) });
const textsByName = z.record(z.string(), z.string({ error: expected('a text') }), {
  error: expected('names with texts'),
});
const fn = (what: string) =>
  z.custom<unknown>((value) => typeof value === 'function', { error: expected(`${what}: (site) => …`) });
const textOfSite = z.union([text(), fn('a text, or a function of the site')], {
  error: expected('a text, or a function of the site'),
});
const list = <Item extends z.ZodType>(item: Item, what: string) => z.array(item, { error: expected(what) });
const made = <Shape extends z.ZodRawShape>(kind: string, by: string, shape: Shape) =>
  z.looseObject(
    { kind: z.literal(kind, { error: expected(`what ${by}() returns`) }), ...shape },
    { error: expected(`what ${by}() returns`) },
  );
const group = <Item extends z.ZodType>(item: Item, what: string) =>
  z.strictObject({ name: text('the name of the group'), rules: list(item, what) });

const metric = made('metric', 'defineMetric', {
  name: text('the name of the metric'),
  help: text(),
  unit: text(),
  labels: z.record(z.string(), z.looseObject({ help: text() }, { error: expected('a label: { help }') }), {
    error: expected('labels with their help'),
  }),
});

const recordingRule = made('recording-rule', 'defineRecordingRule', {
  record: text('the name of the series'),
  help: text(),
  unit: text(),
  labels: texts('a list of label names'),
  rationale: text('why the rule is defined this way'),
  expr: fn('an expression'),
});

/** Values are written into matchers of Alertmanager, as parts of a regular expression. */
const signal = text('a signal').regex(/^[a-zA-Z][\w-]*$/, { error: expected('letters, digits, - and _') });

const alert = made('alert', 'defineAlert', {
  alert: text('the name of the alert'),
  signal,
  severity: z.union([z.enum(SEVERITIES), fn('a severity')], {
    error: expected(`one of ${SEVERITIES.join(', ')}`),
  }),
  labels: texts('a list of label names'),
  rationale: text('why the alert is defined this way'),
  expr: fn('an expression'),
  for: fn('a duration').optional(),
  keepFiringFor: fn('a duration').optional(),
  summary: textOfSite,
  description: textOfSite,
  extraLabels: textsByName.optional(),
  annotations: textsByName.optional(),
  dashboard: z.looseObject(
    { uid: text('the uid of a dashboard'), panel: z.number({ error: expected('the id of a panel') }) },
    { error: expected('the dashboard and panel that explain the alert: { uid, panel }') },
  ),
});

const panel = z.looseObject(
  {
    id: z.number({ error: expected('a number') }),
    title: text(),
    description: text(),
    kind: z.enum(['stat', 'timeseries', 'table', 'state-timeline', 'heatmap', 'text'], {
      error: expected('stat, timeseries, table, state-timeline, heatmap or text'),
    }),
    queries: list(
      z.looseObject({ expr: fn('an expression') }, { error: expected('a query: { expr }') }),
      'a list of queries',
    ),
    unit: z.string({ error: expected('a unit of Grafana') }),
    width: z.number({ error: expected('columns, out of 24') }),
    height: z.number({ error: expected('rows of the grid') }),
    noData: z.union([z.string(), fn('a text')], {
      error: expected('the text for missing data, or a function of the site'),
    }),
  },
  { error: expected('what definePanel() returns') },
);

const dashboard = made('dashboard', 'defineDashboard', {
  uid: text('the uid of the dashboard'),
  title: text(),
  description: text(),
  tags: texts('a list of tags'),
  span: text('a duration such as 6h'),
  rows: list(
    z.looseObject(
      { title: text(), panels: list(panel, 'a list of panels') },
      { error: expected('a row: { title, panels }') },
    ),
    'a list of rows',
  ),
});

const side = z.strictObject(
  {
    alerts: texts('a list of alert names').optional(),
    severities: list(
      z.enum(SEVERITIES, { error: expected(`one of ${SEVERITIES.join(', ')}`) }),
      'a list of severities',
    ).optional(),
    signals: list(signal, 'a list of signals').optional(),
  },
  { error: expected('a selection of alerts: { alerts, severities, signals }') },
);

const inhibition = z.strictObject(
  {
    reason: text('why the target adds nothing while the source fires'),
    source: side,
    target: side,
    equal: list(
      z.enum(['relay', 'signal'], { error: expected('relay or signal') }),
      'a list of labels: relay, signal',
    ),
  },
  { error: expected('an inhibition: { reason, source, target, equal }') },
);

const samplesOf = (item: z.ZodType) =>
  z.record(z.string(), list(item, 'a list'), { error: expected('times such as 10m with lists') });

const ruleCase = z.strictObject(
  {
    rule: text('the name of a rule'),
    name: text('a sentence'),
    aspects: list(
      z.enum(['fires', 'silent', 'absent', 'boundary', 'resolves'], {
        error: expected('fires, silent, absent, boundary or resolves'),
      }),
      'a list of aspects',
    ),
    with: texts('a list of recorded series').optional(),
    series: textsByName,
    firing: samplesOf(textsByName).optional(),
    samples: samplesOf(
      z.strictObject(
        { labels: textsByName, value: z.number({ error: expected('a number') }) },
        { error: expected('a sample: { labels, value }') },
      ),
    ).optional(),
  },
  { error: expected('a case: { rule, name, aspects, series, firing or samples }') },
);

const project = z.strictObject(
  {
    site: z.unknown().optional(),
    metrics: list(metric, 'a list of metrics').optional(),
    recordingRules: list(
      either(recordingRule, group(recordingRule, 'a list of recording rules')),
      'a list of recording rules',
    ).optional(),
    alerts: list(either(alert, group(alert, 'a list of alerts')), 'a list of alerts').optional(),
    dashboards: list(dashboard, 'a list of dashboards').optional(),
    inhibitions: list(inhibition, 'a list of inhibitions').optional(),
    cases: list(ruleCase, 'a list of cases').optional(),
    pages: z
      .record(z.string(), fn('a page'), { error: expected('pages by the name of the alert') })
      .optional(),
  },
  { error: expected('what defineConfig() returns') },
);

/** A rule, or a group of rules: the value itself says which of the two it is meant to be. */
function either<Rule extends z.ZodType, Group extends z.ZodType>(rule: Rule, ofRules: Group) {
  return z.unknown().superRefine((value, context) => {
    const isGroup = typeof value === 'object' && value !== null && 'rules' in value;
    const result = (isGroup ? ofRules : rule).safeParse(value);
    for (const issue of result.error?.issues ?? []) context.addIssue(issue as never);
  });
}

/**
 * Checks the shape of what a configuration file exports. Returns the very objects, which other definitions refer to.
 *
 * @throws {ConfigError} that lists every problem
 */
export function projectConfigOf(value: unknown, file: string): ProjectConfig {
  const result = project.safeParse(value);
  if (result.success) return value as ProjectConfig;
  const known = Object.keys(project.shape);
  throw new ConfigError(
    file,
    result.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({
            field: [...issue.path, key].join('.'),
            message: `unknown key${issue.path.length === 0 ? `${suggestion(key, known)}; expected one of ${known.join(', ')}` : ''}`,
          }))
        : [{ field: issue.path.join('.'), message: issue.message }],
    ),
  );
}
