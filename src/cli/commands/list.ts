import type { Bundle } from '../../bundle/bundle.js';
import { suggestion } from '../../config/suggestion.js';
import type { Provenance } from '../../model/provenance.js';
import { selectorsIn } from '../../promql/syntax.js';
import { runbookStepsText, situationText } from '../../renderers/provenance.js';
import type { ExitCode } from '../exit-code.js';

/** What a command prints and how it ends. */
interface Result {
  readonly exitCode: ExitCode;
  readonly output: string;
}

/** One thing that can be listed and explained. */
interface Entry {
  readonly kind: 'metric' | 'record' | 'alert' | 'panel';
  readonly name: string;
  /** One line of what it is. */
  readonly says: string;
  readonly file: string;
  readonly expressions: readonly string[];
  /** Facts in the order they are shown. */
  readonly facts: readonly (readonly [string, string])[];
}

function provenanceFacts(provenance: Provenance): (readonly [string, string])[] {
  const { situation, rationale } = provenance;
  const steps = runbookStepsText(provenance);
  return [
    ['why', rationale],
    ...(situation === undefined ? [] : [['situation', situationText(situation)] as const]),
    ...(steps === undefined ? [] : [['runbook steps', steps] as const]),
  ];
}

function entries(bundle: Bundle): Entry[] {
  const metrics = bundle.definitions.metrics.map(
    (metric): Entry => ({
      kind: 'metric',
      name: metric.name,
      says: metric.help,
      file: `metrics/${metric.origin}.ts`,
      expressions: [],
      facts: [
        ['type', `${metric.type}, ${metric.unit}, ${metric.presence}`],
        ['labels', Object.keys(metric.labels).join(', ') || 'none'],
        ...(metric.buckets === undefined ? [] : ([['buckets', metric.buckets.join(' ')]] as const)),
        ...(metric.trap === undefined ? [] : ([['trap', metric.trap]] as const)),
      ],
    }),
  );
  const records = bundle.recordingGroups.flatMap((group) =>
    group.rules.map(
      ({ record, expr, file, definition }): Entry => ({
        kind: 'record',
        name: record,
        says: definition.help,
        file,
        expressions: [expr],
        facts: [
          ['labels', [...bundle.config.groupBy, ...definition.labels].join(', ') || 'none'],
          ['unit', definition.unit],
          ...provenanceFacts(definition),
          ...(definition.emptyWhen === undefined ? [] : ([['empty when', definition.emptyWhen]] as const)),
        ],
      }),
    ),
  );
  const alerts = bundle.alertGroups.flatMap((group) =>
    group.rules.map(
      (rule): Entry => ({
        kind: 'alert',
        name: rule.alert,
        says: rule.annotations.summary,
        file: rule.file,
        expressions: [rule.expr],
        facts: [
          ['severity', `${rule.severity}, signal ${rule.definition.signal}`],
          [
            'fires',
            `${rule.for === undefined ? 'at once' : `after ${rule.for}`}${rule.keepFiringFor === undefined ? '' : `, keeps firing for ${rule.keepFiringFor}`}`,
          ],
          ['description', rule.annotations.description],
          ...provenanceFacts(rule.definition),
          ['runbook', rule.annotations.runbook_url],
          ['dashboard', rule.annotations.dashboard_url],
        ],
      }),
    ),
  );
  const panels = bundle.dashboards.flatMap(({ file, definition, rows }) =>
    rows.flatMap((row) =>
      row.panels.map(
        (panel): Entry => ({
          kind: 'panel',
          name: `${definition.uid}/${panel.definition.id}`,
          says: panel.definition.title,
          file,
          expressions: panel.queries.map((query) => query.expr),
          facts: [
            ['row', row.title],
            ['kind', `${panel.definition.kind}, unit ${panel.definition.unit || 'none'}`],
            ['description', panel.definition.description],
          ],
        }),
      ),
    ),
  );
  return [...metrics, ...records, ...alerts, ...panels];
}

/** A histogram is read through its parts. */
const PARTS = /_(bucket|sum|count)$/;

function reads(entry: Entry, known: ReadonlySet<string>): string[] {
  return [
    ...new Set(
      entry.expressions.flatMap((expr) =>
        selectorsIn(expr).map((name) => (known.has(name) ? name : name.replace(PARTS, ''))),
      ),
    ),
  ];
}

/** The table that `list` prints. */
export function inventory(bundle: Bundle, kind: string | undefined, json: boolean): Result {
  const kinds = ['metrics', 'records', 'alerts', 'panels'];
  if (kind !== undefined && !kinds.includes(kind)) {
    return {
      exitCode: 2,
      output: `list: found ${JSON.stringify(kind)}, expected one of ${kinds.join(', ')}${suggestion(kind, kinds)}`,
    };
  }
  const chosen = entries(bundle).filter((entry) => kind === undefined || `${entry.kind}s` === kind);
  if (json) {
    const rows = chosen.map(({ kind, name, says, file }) => ({ kind, name, says, file }));
    return { exitCode: 0, output: JSON.stringify(rows, null, 2) };
  }
  const width = Math.max(...chosen.map(({ name }) => name.length));
  const lines = chosen.map(({ kind, name, says }) => `${kind.padEnd(6)}  ${name.padEnd(width)}  ${says}`);
  return { exitCode: 0, output: lines.join('\n') };
}

/** What `explain` prints of one alert, record, panel or metric. */
export function explain(bundle: Bundle, name: string, json: boolean): Result {
  const all = entries(bundle);
  const entry = all.find((e) => e.name === name) ?? all.find((e) => e.name === name.replace(PARTS, ''));
  if (entry === undefined) {
    const names = all.map((e) => e.name);
    return {
      exitCode: 2,
      output: `explain: found ${JSON.stringify(name)}, expected an alert, a record, a metric or <dashboard uid>/<panel id>${suggestion(name, names)}`,
    };
  }
  const known = new Set(all.map((e) => e.name));
  const readBy = all.filter((other) => other !== entry && reads(other, known).includes(entry.name));
  if (json) {
    return {
      exitCode: 0,
      output: JSON.stringify(
        {
          ...entry,
          facts: Object.fromEntries(entry.facts),
          reads: reads(entry, known),
          readBy: readBy.map((e) => e.name),
        },
        null,
        2,
      ),
    };
  }
  const facts: [string, string][] = [
    ...entry.facts.map(([key, value]): [string, string] => [key, value]),
    ['defined in', entry.file],
    ...(entry.expressions.length > 0
      ? [['reads', reads(entry, known).join(', ') || 'nothing'] as [string, string]]
      : []),
    ...(entry.kind === 'metric' || entry.kind === 'record'
      ? [['read by', readBy.map((e) => `${e.kind} ${e.name}`).join(', ') || 'nothing'] as [string, string]]
      : []),
  ];
  const width = Math.max(...facts.map(([key]) => key.length));
  return {
    exitCode: 0,
    output: [
      `${entry.kind} ${entry.name}`,
      entry.says,
      '',
      ...facts.map(([key, value]) => `${key.padEnd(width)}  ${value}`),
      ...entry.expressions.flatMap((expr) => ['', ...expr.split('\n').map((line) => `  ${line}`)]),
    ].join('\n'),
  };
}
