import type { GrafanaDashboard, GrafanaPanel, Place, Side } from '../rule-files/side.js';
import { alsoDiffers } from './also-differs.js';
import { unexplained, unexplainedOfPanel } from './dashboard-fields.js';
import { expressionChanges, sameExpression, short } from './expression.js';
import { type Finding, finding, type Level, listed, placeOf } from './finding.js';
import { match } from './match.js';

/** A link to a dashboard or to one of its panels, from an alert, another dashboard or any other file. */
interface Link {
  readonly from: string;
  readonly uid: string;
  readonly panel?: number;
  readonly variables: readonly string[];
}

const LINK = /\/d(?:-solo)?\/([\w-]+)((?:\{\{[^}]*\}\}|[^\s"'<>`)\\])*)/g;

function linksIn(text: string, from: string): Link[] {
  return [...text.matchAll(LINK)].map(([, uid, rest = '']) => {
    const panel = /[?&](?:viewPanel|panelId)=(?:panel-)?(\d+)/.exec(rest)?.[1];
    const variables = [...rest.matchAll(/[?&]var-([\w-]+)=/g)].map(([, name]) => name as string);
    return { from, uid: uid as string, variables, ...(panel === undefined ? {} : { panel: Number(panel) }) };
  });
}

/** Every link that a side holds, and that the files of others hold. */
export function linksOf(side: Side, foreign: boolean): Link[] {
  const where = (file: string, what: string) => (foreign ? `${file} (${what})` : what);
  return [
    ...side.groups
      .flatMap(({ rules }) => rules)
      .flatMap(({ kind, name, file, annotations }) => {
        const from = where(file, `${kind} ${name}`);
        const { __dashboardUid__: uid, __panelId__: panel } = annotations;
        const grafana: Link[] =
          uid === undefined
            ? []
            : [{ from, uid, variables: [], ...(panel === undefined ? {} : { panel: Number(panel) }) }];
        return [...grafana, ...Object.values(annotations).flatMap((text) => linksIn(text, from))];
      }),
    ...side.dashboards.flatMap(({ uid, file, text }) =>
      // A dashboard's links to itself go along with it.
      linksIn(text, where(file, `dashboard ${uid}`)).filter((link) => link.uid !== uid),
    ),
    ...side.others.flatMap(({ path, text }) => linksIn(text, path)),
  ];
}

const sources = (links: readonly Link[]) => listed(links.map(({ from }) => from));
const verb = (links: readonly Link[], one: string, many: string) =>
  new Set(links.map(({ from }) => from)).size === 1 ? one : many;

/** Compares the dashboards of two sides (or of one form of file on both). `links` are those of the head and of others' files. */
export function compareDashboards(
  before: readonly GrafanaDashboard[],
  after: readonly GrafanaDashboard[],
  links: readonly Link[],
): Finding[] {
  const { pairs, removed, added } = match(before, after, [
    ({ uid }) => (uid === '' ? undefined : `uid ${uid}`),
    ({ title, file }) => `${title} ${file}`,
    ({ title }) => (title === '' ? undefined : title),
    ({ file }) => file,
  ]);
  return [
    ...removed.map((dashboard): Finding => {
      const broken = links.filter(({ uid }) => uid === dashboard.uid);
      return {
        kind: 'dashboard-removed',
        level: 'breaking',
        subject: `dashboard ${dashboard.uid || dashboard.title}`,
        before: dashboard.title,
        consequence: `${broken.length > 0 ? `${sources(broken)} still ${verb(broken, 'links', 'link')} to it` : 'Nothing here links to it'}; bookmarks and shared links are broken.`,
        ...placeOf(dashboard),
      };
    }),
    ...added.map(
      (dashboard): Finding => ({
        kind: 'dashboard-added',
        level: 'harmless',
        subject: `dashboard ${dashboard.uid || dashboard.title}`,
        after: dashboard.title,
        consequence: `A new dashboard with ${dashboard.panels.length} panels.`,
        ...placeOf(dashboard),
      }),
    ),
    ...pairs.flatMap(([base, head]) => dashboardChanges(base, head, links)),
  ];
}

type Add = (
  kind: string,
  level: Level,
  subject: string,
  before: string | undefined,
  after: string | undefined,
  consequence: string,
) => void;

/** Adds findings about something that stands at a place. */
type AddAt = (place: Place) => Add;

function dashboardChanges(base: GrafanaDashboard, head: GrafanaDashboard, links: readonly Link[]): Finding[] {
  const findings: Finding[] = [];
  const addAt: AddAt =
    (place) =>
    (...change) =>
      findings.push(finding(place, ...change));
  const add = addAt(head);
  const subject = `dashboard ${head.uid || head.title}`;
  if (base.uid !== head.uid) {
    const broken = links.filter(({ uid }) => uid === base.uid);
    add(
      'dashboard-uid-changed',
      base.uid === '' ? 'notable' : 'breaking',
      subject,
      base.uid || 'none',
      head.uid || 'none',
      base.uid === ''
        ? 'Until now Grafana chose the uid. Bookmarks and shared links to the uid that it chose may break.'
        : `${broken.length > 0 ? `${sources(broken)} ${verb(broken, 'links', 'link')} to the old uid` : 'Nothing here links to the old uid'}; bookmarks and shared links are broken, and Grafana keeps the old dashboard next to the new one.`,
    );
  }
  if (base.title !== head.title)
    add(
      'dashboard-title-changed',
      'harmless',
      subject,
      base.title,
      head.title,
      'The title changes; links keep working.',
    );
  panelChanges(base, head, links, addAt, findings);
  variableChanges(base, head, links, add);
  findings.push(...alsoDiffers(head, subject, unexplained(base, head, findings)));
  return findings;
}

const queriesKey = ({ queries }: GrafanaPanel) =>
  queries.length === 0 ? undefined : JSON.stringify(queries.map(({ expr }) => expr.replace(/\s+/g, '')));

function panelChanges(
  base: GrafanaDashboard,
  head: GrafanaDashboard,
  links: readonly Link[],
  addAt: AddAt,
  findings: Finding[],
): void {
  const name = (panel: GrafanaPanel) =>
    `panel ${head.uid || head.title}/${panel.id ?? JSON.stringify(panel.title)}`;
  const { pairs, removed, added } = match(base.panels, head.panels, [
    (panel) => JSON.stringify([panel.id, panel.title, queriesKey(panel)]),
    (panel) => JSON.stringify([panel.id, panel.title]),
    (panel) => JSON.stringify([panel.id, queriesKey(panel) ?? panel.title]),
    (panel) => JSON.stringify([panel.title, queriesKey(panel)]),
    (panel) => (panel.title === '' ? undefined : JSON.stringify([panel.title, panel.type])),
    (panel) => (panel.id === undefined ? undefined : String(panel.id)),
  ]);
  const linkedTo = (id: number | undefined) =>
    id === undefined ? [] : links.filter((link) => link.uid === base.uid && link.panel === id);
  const taken = (id: number | undefined) => head.panels.some((panel) => panel.id === id);
  for (const panel of removed) {
    const broken = taken(panel.id) ? [] : linkedTo(panel.id);
    addAt(panel)(
      'panel-removed',
      broken.length > 0 ? 'breaking' : 'notable',
      name(panel),
      panel.title,
      undefined,
      broken.length > 0
        ? `${sources(broken)} still ${verb(broken, 'links', 'link')} to this panel; these links are broken.`
        : 'This panel is no longer shown; nothing here links to it.',
    );
  }
  for (const panel of added)
    addAt(panel)('panel-added', 'harmless', name(panel), undefined, panel.title, 'A new panel.');
  for (const [before, after] of pairs) {
    const add = addAt(after);
    const known = findings.length;
    if (before.id !== after.id) {
      const broken = linkedTo(before.id);
      const there = taken(before.id) ? 'another panel' : 'nothing';
      add(
        'panel-id-changed',
        broken.length > 0 ? 'breaking' : before.id === undefined ? 'harmless' : 'notable',
        name(after),
        `id ${before.id ?? 'none'}`,
        `id ${after.id ?? 'none'}`,
        `${broken.length > 0 ? `${sources(broken)} ${verb(broken, 'links', 'link')} to the old id and ${verb(broken, 'opens', 'open')} ${there}` : `Bookmarks and shared links to “${after.title}” open ${there}`}.`,
      );
    }
    if (before.title !== after.title)
      add('panel-title-changed', 'harmless', name(after), before.title, after.title, 'The text changes.');
    queryChanges(before, after, name(after), add);
    if (before.type !== after.type)
      add(
        'panel-type-changed',
        'notable',
        name(after),
        before.type,
        after.type,
        `“${after.title}” uses another visualization.`,
      );
    if (before.unit !== after.unit)
      add(
        'panel-unit-changed',
        'notable',
        name(after),
        before.unit || 'no unit',
        after.unit || 'no unit',
        `The numbers of “${after.title}” have another unit.`,
      );
    if (JSON.stringify(before.thresholds) !== JSON.stringify(after.thresholds)) {
      const show = (steps: readonly number[]) => (steps.length === 0 ? 'none' : steps.join(', '));
      add(
        'panel-thresholds-changed',
        'notable',
        name(after),
        show(before.thresholds),
        show(after.thresholds),
        `“${after.title}” changes color at other values.`,
      );
    }
    if (before.datasource !== after.datasource)
      add(
        'panel-datasource-changed',
        'notable',
        name(after),
        before.datasource || 'default',
        after.datasource || 'default',
        `“${after.title}” uses another data source.`,
      );
    findings.push(
      ...alsoDiffers(after, name(after), unexplainedOfPanel(before, after, findings.slice(known))),
    );
  }
}

function queryChanges(before: GrafanaPanel, after: GrafanaPanel, subject: string, add: Add): void {
  const { pairs, removed, added } = match(before.queries, after.queries, [
    ({ refId, expr }) => JSON.stringify([refId, expr]),
    ({ expr }) => expr,
    ({ refId }) => refId,
    () => '',
  ]);
  for (const query of removed)
    add(
      'query-removed',
      'notable',
      subject,
      short(query.expr),
      undefined,
      `“${after.title}” no longer shows this.`,
    );
  for (const query of added)
    add(
      'query-added',
      'harmless',
      subject,
      undefined,
      short(query.expr),
      `“${after.title}” now shows this too.`,
    );
  for (const [base, head] of pairs) {
    if (sameExpression(base.parsed, head.parsed)) continue;
    const changes = expressionChanges(base.parsed, head.parsed);
    const [only] = changes;
    const [old, now] = changes.length === 1 && only !== undefined ? only.text.split(' → ') : [];
    const whole = now === undefined;
    add(
      'query-changed',
      'notable',
      subject,
      whole ? short(base.expr) : old,
      whole ? short(head.expr) : now,
      `“${after.title}” shows different data${whole && changes.length > 0 && !only?.text.startsWith('rewritten') ? ` (${short(changes.map(({ text }) => text).join('; '), 160)})` : ''}.`,
    );
  }
}

function variableChanges(
  base: GrafanaDashboard,
  head: GrafanaDashboard,
  links: readonly Link[],
  add: Add,
): void {
  const { pairs, removed, added } = match(base.variables, head.variables, [({ name }) => name]);
  const subject = `dashboard ${head.uid || head.title}`;
  for (const { name } of removed) {
    const users = links.filter((link) => link.uid === base.uid && link.variables.includes(name));
    add(
      'variable-removed',
      users.length > 0 ? 'breaking' : 'notable',
      subject,
      `$${name}`,
      undefined,
      users.length > 0
        ? `${sources(users)} ${verb(users, 'sets', 'set')} var-${name} in a link, which no longer selects anything.`
        : 'Its value in bookmarks and shared links no longer selects anything.',
    );
  }
  for (const { name } of added)
    add('variable-added', 'harmless', subject, undefined, `$${name}`, 'A new variable.');
  for (const [before, after] of pairs) {
    if (before.query.replace(/\s+/g, '') === after.query.replace(/\s+/g, '')) continue;
    add(
      'variable-changed',
      'notable',
      subject,
      `$${before.name}: ${short(before.query, 70)}`,
      `$${after.name}: ${short(after.query, 70)}`,
      'The list of values changes.',
    );
  }
}
