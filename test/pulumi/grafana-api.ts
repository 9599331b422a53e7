import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * Grafana's HTTP API as far as the provider uses it, on a free port of this machine. Each answer follows Grafana's documentation:
 *
 * - Folders: https://grafana.com/docs/grafana/latest/developers/http_api/folder/
 * - Search: https://grafana.com/docs/grafana/latest/developers/http_api/folder_dashboard_search/
 * - Dashboards: https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/
 * - Alerting: https://grafana.com/docs/grafana/latest/developers/http_api/alerting_provisioning/
 *
 * A request that is not listed here is answered with 501, so that the test fails instead of passing with a made-up answer.
 */

type Json = Record<string, unknown>;

/** A Grafana of the test. */
export interface GrafanaStandIn {
  readonly folders: Map<string, { uid: string; title: string; parentUid?: string }>;
  /** Dashboards by uid: the JSON, the folder's uid and the version. */
  readonly dashboards: Map<string, { json: Json; folderUid: string; version: number }>;
  /** Rule groups by "<folder uid>/<name>". */
  readonly ruleGroups: Map<string, Json & { rules: Json[] }>;
  readonly contactPoints: Map<string, Json>;
  /** What was changed since the test last emptied the list, as "POST /api/folders". */
  readonly writes: string[];
}

export interface RunningGrafana extends GrafanaStandIn {
  readonly url: string;
  stop(): Promise<void>;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The variable parts of the path. */
  readonly parts: readonly string[];
  readonly body: Json;
}
type Answer = readonly [status: number, body: unknown];
type Route = readonly [pattern: RegExp, answer: (request: Request, grafana: GrafanaStandIn) => Answer];

const notFound: Answer = [404, { message: 'Not found' }];
const part = '([^/]+)';
const provisioning = '/api/v1/provisioning';
const route = (pattern: string, answer: Route[1]): Route => [new RegExp(`^${pattern}$`), answer];

const folderAnswer = (folder: { uid: string; title: string; parentUid?: string }) => ({
  id: 1,
  ...folder,
  url: `/dashboards/f/${folder.uid}/`,
  version: 1,
});

const FOLDERS: readonly Route[] = [
  // "Create folder": the uid is optional there; the provider always gives one.
  route('POST /api/folders', ({ body }, { folders }) => {
    const { uid, title, parentUid } = body as { uid: string; title: string; parentUid?: string };
    if (folders.has(uid)) {
      return [409, { message: 'a folder with that uid already exists in the same location' }];
    }
    const folder = { uid, title, ...(parentUid ? { parentUid } : {}) };
    folders.set(uid, folder);
    return [200, folderAnswer(folder)];
  }),
  // "Get folder by uid"
  route(`GET /api/folders/${part}`, ({ parts: [uid = ''] }, { folders }) => {
    const folder = folders.get(uid);
    return folder === undefined ? [404, { message: 'folder not found' }] : [200, folderAnswer(folder)];
  }),
  // "Update folder"
  route(`PUT /api/folders/${part}`, ({ parts: [uid = ''], body }, { folders }) => {
    const folder = folders.get(uid);
    if (folder === undefined) return notFound;
    folder.title = String(body.title);
    return [200, folderAnswer(folder)];
  }),
  // "Delete folder": with alert rules in it, 400 unless forceDeleteRules is true.
  route(`DELETE /api/folders/${part}`, ({ parts: [uid = ''], query }, grafana) => {
    if (!grafana.folders.has(uid)) return notFound;
    const groups = [...grafana.ruleGroups.keys()].filter((key) => key.startsWith(`${uid}/`));
    if (groups.length > 0 && query.get('forceDeleteRules') !== 'true') {
      return [400, { message: 'folder cannot be deleted: folder contains alert rules' }];
    }
    grafana.folders.delete(uid);
    return [200, { message: 'Folder deleted', id: 1 }];
  }),
  // "Search folders and dashboards"
  route('GET /api/search', ({ query }, { dashboards }) => {
    const folders = query.getAll('folderUIDs').flatMap((uids) => uids.split(','));
    const found = [...dashboards].filter(([, { folderUid }]) => folders.includes(folderUid));
    return [200, found.map(([uid, { json }]) => ({ id: 1, uid, title: json.title, type: 'dash-db' }))];
  }),
];

const DASHBOARDS: readonly Route[] = [
  // "Create / Update dashboard": 412 for an existing uid without overwrite.
  route('POST /api/dashboards/db', ({ body }, { dashboards }) => {
    const {
      dashboard,
      folderUid = '',
      overwrite,
    } = body as { dashboard: Json; folderUid?: string; overwrite?: boolean };
    const uid = String(dashboard.uid);
    const former = dashboards.get(uid);
    if (former !== undefined && overwrite !== true) {
      return [412, { status: 'name-exists', message: 'A dashboard with the same uid already exists' }];
    }
    const version = (former?.version ?? 0) + 1;
    dashboards.set(uid, { json: { ...dashboard, id: 1, version }, folderUid, version });
    return [200, { id: 1, uid, url: `/d/${uid}/${uid}`, status: 'success', version, slug: uid }];
  }),
  // "Get dashboard by uid"
  route(`GET /api/dashboards/uid/${part}`, ({ parts: [uid = ''] }, { dashboards }) => {
    const found = dashboards.get(uid);
    if (found === undefined) return [404, { message: 'Dashboard not found' }];
    const { json, folderUid, version } = found;
    return [200, { dashboard: json, meta: { url: `/d/${uid}/${uid}`, folderUid, version, slug: uid } }];
  }),
  // "Delete dashboard by uid"
  route(`DELETE /api/dashboards/uid/${part}`, ({ parts: [uid = ''] }, { dashboards }) => {
    const found = dashboards.get(uid);
    if (found === undefined) return [404, { message: 'Dashboard not found' }];
    dashboards.delete(uid);
    return [200, { title: found.json.title, message: `Dashboard ${found.json.title} deleted`, id: 1 }];
  }),
];

const rulesOf = ({ ruleGroups }: GrafanaStandIn) => [...ruleGroups.values()].flatMap(({ rules }) => rules);

const ALERTING: readonly Route[] = [
  route(`GET ${provisioning}/alert-rules`, (_, grafana) => [200, rulesOf(grafana)]),
  route(`GET ${provisioning}/alert-rules/${part}`, ({ parts: [uid] }, grafana) => {
    const rule = rulesOf(grafana).find((one) => one.uid === uid);
    return rule === undefined ? notFound : [200, rule];
  }),
  route(`DELETE ${provisioning}/alert-rules/${part}`, ({ parts: [uid] }, { ruleGroups }) => {
    for (const [key, group] of ruleGroups) {
      group.rules = group.rules.filter((rule) => rule.uid !== uid);
      // Grafana has no empty groups.
      if (group.rules.length === 0) ruleGroups.delete(key);
    }
    return [204, undefined];
  }),
  route(`GET ${provisioning}/folder/${part}/rule-groups/${part}`, ({ parts }, { ruleGroups }) => {
    const group = ruleGroups.get(parts.join('/'));
    return group === undefined ? notFound : [200, group];
  }),
  // "Create or update alert rule group"; 400 where a rule names a contact point that does not exist.
  route(`PUT ${provisioning}/folder/${part}/rule-groups/${part}`, ({ parts, body }, grafana) => {
    const rules = (body.rules as Json[]).map((rule) => ({ ...rule, orgID: 1, provenance: 'api' }) as Json);
    const names = new Set([...grafana.contactPoints.values()].map(({ name }) => name));
    for (const { notification_settings: settings } of rules) {
      const { receiver } = (settings ?? {}) as { receiver?: string };
      if (receiver !== undefined && !names.has(receiver)) {
        return [400, { message: `invalid alert rule: contact point ${receiver} does not exist` }];
      }
    }
    const group = { ...body, rules };
    grafana.ruleGroups.set(parts.join('/'), group);
    return [200, group];
  }),
  route(`GET ${provisioning}/contact-points`, ({ query }, { contactPoints }) => {
    const name = query.get('name');
    return [200, [...contactPoints.values()].filter((one) => name === null || one.name === name)];
  }),
  route(`POST ${provisioning}/contact-points`, ({ body }, { contactPoints }) => {
    const uid = `contact-point-${contactPoints.size + 1}`;
    contactPoints.set(uid, { ...body, uid, provenance: 'api' });
    return [202, contactPoints.get(uid)];
  }),
  route(`PUT ${provisioning}/contact-points/${part}`, ({ parts: [uid = ''], body }, { contactPoints }) => {
    contactPoints.set(uid, { ...body, uid, provenance: 'api' });
    return [202, { message: 'contactpoint updated' }];
  }),
  route(`DELETE ${provisioning}/contact-points/${part}`, ({ parts: [uid = ''] }, { contactPoints }) => {
    contactPoints.delete(uid);
    return [202, { message: 'contactpoint deleted' }];
  }),
];

const ROUTES: readonly Route[] = [...FOLDERS, ...DASHBOARDS, ...ALERTING];

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  return text;
}

function answerTo(call: Omit<Request, 'parts'>, grafana: GrafanaStandIn): Answer {
  for (const [pattern, answer] of ROUTES) {
    const match = pattern.exec(`${call.method} ${call.path}`);
    if (match === null) continue;
    return answer({ ...call, parts: match.slice(1).map(decodeURIComponent) }, grafana);
  }
  return [501, { message: `not in the test's Grafana: ${call.method} ${call.path}` }];
}

/**
 * Starts it on 127.0.0.1. Stop it in the end.
 *
 * @param token the only bearer token that it accepts; other requests are answered with 401
 */
export async function startGrafana(token: string): Promise<RunningGrafana> {
  const grafana: GrafanaStandIn = {
    folders: new Map(),
    dashboards: new Map(),
    ruleGroups: new Map(),
    contactPoints: new Map(),
    writes: [],
  };
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://grafana.test');
      const method = request.method ?? 'GET';
      const isKnown = request.headers.authorization === `Bearer ${token}`;
      if (isKnown && method !== 'GET') grafana.writes.push(`${method} ${pathname}`);
      const call = {
        method,
        path: pathname,
        query: searchParams,
        body: text === '' ? {} : (JSON.parse(text) as Json),
      };
      const [status, body] = isKnown ? answerTo(call, grafana) : [401, { message: 'Unauthorized' }];
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...grafana,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
