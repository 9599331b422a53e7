import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/package/root.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { namesIn } from '../../src/promql/names.js';
import { parseExpression } from '../../src/promql/parse.js';
import type { DashboardJson } from '../../src/view/dashboard-json.js';
import { dashboardData, type SentQuery } from '../../src/view/queries.js';
import { median } from '../median.js';
import { printTable } from '../print-table.js';
import { relayKey } from '../rules/exposition.js';
import { inlined } from '../rules/inline.js';
import { BUSY, benchData, END, RELAYS, SERIES_PER_RELAY } from './data.js';

/*
 * npm run bench:dashboards
 *
 * How long a dashboard takes to load: all its queries over 24 hours, two at a time, as a browser sends them through Grafana. Beside it, in
 * the same run, the queries that read what was recorded, and the same questions asked of the scraped series.
 */

const RUNS = 3;
const AT_A_TIME = 2;

const recorded = new Map(
  buildBundle(parseConfig({}), definitions()).recordingGroups.flatMap((group) =>
    group.rules.map(({ record, expr }) => [record, expr] as const),
  ),
);
/** Recorded series that carry their own past: no query over scraped series says the same. */
const carried = new Set(
  [...recorded].filter(([name, expr]) => names(expr).some((other) => other === name)).map(([name]) => name),
);

function names(expr: string): string[] {
  return namesIn(parseExpression(expr, { variables: true }).root);
}

/** An expression without the part that chooses which lines are shown. */
function withoutChoice(expr: string): string {
  const found = /\s+and on \([^)]*\)\s+(?:topk|bottomk)\(/.exec(expr);
  if (found === null) return expr;
  let end = found.index + found[0].length;
  for (let depth = 1; depth > 0; end += 1) depth += expr[end] === '(' ? 1 : expr[end] === ')' ? -1 : 0;
  return withoutChoice(expr.slice(0, found.index) + expr.slice(end));
}

/** The same question asked of scraped series; undefined where there is none, or it is the same already. */
function rawForm(expr: string): string | undefined {
  // The choice of a relay does not reach into what was recorded: all are chosen here.
  const open = expr.replaceAll(/\{relay=~"\.\*"\}/g, '');
  if (/@ end\(\)/.test(open)) {
    // Which relays are shown was chosen by the recorded series; the raw form has to compute all of them for that, too.
    return rawForm(withoutChoice(open));
  }
  if (!names(open).some((name) => recorded.has(name))) return undefined;
  const raw = inlined(open, recorded);
  const left = names(raw).filter((name) => recorded.has(name));
  return left.length > 0 || left.some((name) => carried.has(name)) ? undefined : raw;
}

async function main(): Promise<void> {
  const data = await benchData();
  const prometheus = await startPrometheus({
    dataFolder: data.folder,
    flags: ['--storage.tsdb.retention.time=100y', '--query.timeout=10m', '--query.max-samples=500000000'],
  });
  try {
    const { client } = prometheus;
    const send = async ({ expr, step }: SentQuery) => {
      if (step === undefined) await client.query(expr, END - 60);
      else await client.queryRange(expr, END - 86_400, END - 60, step);
    };
    const load = async (queries: readonly SentQuery[]) => {
      const start = performance.now();
      const open = [...queries];
      await Promise.all(
        Array.from({ length: AT_A_TIME }, async () => {
          for (let next = open.shift(); next !== undefined; next = open.shift()) await send(next);
        }),
      );
      return performance.now() - start;
    };
    console.log(
      `${cpus().length} x ${cpus()[0]?.model}: ${RELAYS} relays, ${BUSY} of them busy, ${SERIES_PER_RELAY} scraped series a relay and every family for the busy ones, ${data.series} series in all, a sample every 60 s, 24 hours; median of ${RUNS}`,
    );
    const folder = join(packageRoot, 'generated', 'grafana', 'dashboards');
    const rows: { uid: string; ms: number; raw: [number, number, number] }[] = [];
    const lines: string[][] = [];
    for (const file of readdirSync(folder).sort()) {
      const dashboard = JSON.parse(readFileSync(join(folder, file), 'utf8')) as DashboardJson;
      const { panels, variables } = await dashboardData(
        { ...dashboard, time: { from: 'now-24h', to: 'now' } },
        {
          client,
          nowMs: (END - 60) * 1000,
          scrapeIntervalMs: 60_000,
          datasource: 'prometheus',
          variableValues: new Map([['relay', relayKey(0)]]),
        },
      );
      const relays = variables.find(({ name }) => name === 'relay')?.values.length ?? 0;
      const queries = Object.values(panels).flatMap((panel) => panel.queries);
      const pairs = queries.flatMap((query) => {
        const raw = rawForm(query.expr);
        return raw === undefined ? [] : [{ query, raw: { ...query, expr: raw } }];
      });
      const times: number[] = [];
      const own: number[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        times.push(await load(queries));
        own.push(await load(pairs.map(({ query }) => query)));
      }
      // Once is enough: it takes long.
      const raw = await load(pairs.map((pair) => pair.raw));
      rows.push({ uid: dashboard.uid, ms: median(times), raw: [pairs.length, median(own), raw] });
      const compared =
        pairs.length === 0
          ? ['no query has a raw form']
          : [
              `${pairs.length} have a raw form`,
              `recorded ${median(own).toFixed(0)} ms`,
              `raw ${raw.toFixed(0)} ms`,
              `${(raw / median(own)).toFixed(1)} times`,
            ];
      lines.push([
        dashboard.uid,
        `${queries.length} queries`,
        `${median(times).toFixed(0)} ms`,
        `${relays} relays offered`,
        ...compared,
      ]);
    }
    printTable(lines);
    const slowest = rows.reduce((a, b) => (b.ms > a.ms ? b : a));
    const sum = (place: 1 | 2) => rows.reduce((total, { raw }) => total + raw[place], 0);
    console.log(
      `slowest: ${slowest.uid}, ${(slowest.ms / 1000).toFixed(2)} s; with recording rules ${(sum(2) / sum(1)).toFixed(1)} times as fast as without`,
    );
  } finally {
    await prometheus.stop();
  }
}

await main();
