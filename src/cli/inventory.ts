import type { Bundle, BundleNode } from '../bundle/bundle.js';
import { inhibitedBy } from '../bundle/inhibited-alerts.js';
import { fileOf } from '../bundle/own.js';
import type { Provenance } from '../model/provenance.js';
import { namesIn } from '../promql/names.js';
import { runbookStepsText, situationText } from '../renderers/provenance.js';

/** One thing that can be listed and explained. */
export interface Entry {
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

const inhibitsFact = (alerts: readonly string[]) =>
  alerts.length === 0 ? [] : [['inhibits', alerts.join(', ')] as const];

/** Everything of a bundle that can be listed and explained. */
export function inventory(bundle: Bundle): Entry[] {
  const metrics = bundle.definitions.metrics.map(
    (metric): Entry => ({
      kind: 'metric',
      name: metric.name,
      says: metric.help,
      file: fileOf(bundle.definitions, metric, `metrics/${metric.origin}.ts`),
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
          ...inhibitsFact(inhibitedBy(bundle, rule)),
          ...Object.entries(rule.annotations)
            .filter(([name]) => name !== 'summary' && name !== 'description')
            .map(([name, text]) => [name.replace(/_url$/, ''), text] as const),
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

/** The entry of a name; that of a histogram also by the name of one of its series. */
export function find(all: readonly Entry[], name: string, { graph }: Bundle): Entry | undefined {
  const yielding = graph.yielding(name)[0]?.name;
  return all.find((entry) => entry.name === name) ?? all.find((entry) => entry.name === yielding);
}

/** Names of what the entry's expressions read: a histogram by its own name, and what nothing here yields as it is written. */
export function readsOf({ kind, name }: Entry, { graph }: Bundle): string[] {
  const node = graph.find(kind, name);
  if (node === undefined) return [];
  const known = graph.reads(node).map((source) => source.name);
  const unknown = node.expressions
    .flatMap(({ expression }) => (expression === undefined ? [] : namesIn(expression.root)))
    .filter((series) => graph.yielding(series).length === 0 && !series.startsWith('{'));
  return [...new Set([...known, ...unknown])];
}

/** What reads an entry, other than itself. */
export function readersOf({ kind, name }: Entry, { graph }: Bundle): BundleNode[] {
  const node = graph.find(kind, name);
  return node === undefined ? [] : graph.readersOf(node).filter((reader) => reader !== node);
}
