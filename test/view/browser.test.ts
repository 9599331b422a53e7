import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMONSTRATION_LEAD, demonstration } from '../../src/demo/demonstration.js';
import { liveBundle } from '../../src/demo/site.js';
import { type Stack, startStack } from '../../src/demo/stack.js';
import type { BrowserPage } from '../../src/preview/browser-page.js';
import { Chromium } from '../../src/preview/chromium.js';
import { waitFor } from '../../src/processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusClient } from '../../src/prometheus/client.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';
import { renderRunbooks } from '../../src/renderers/runbooks/index.js';
import { writeFiles } from '../../src/renderers/write.js';
import { pageFolder } from '../../src/view/page-files.js';
import { startView, type ViewServer } from '../../src/view/server.js';
import { type WatchedDashboards, watchDashboards } from '../../src/view/watch-dashboards.js';
import { PATIENCE_MS } from '../patience.js';

/** A foreign dashboard: one panel that is drawn, one that is not. */
const FOREIGN = {
  uid: 'foreign',
  title: 'Foreign board',
  time: { from: 'now-5m', to: 'now' },
  panels: [
    {
      id: 1,
      type: 'timeseries',
      title: 'Up',
      gridPos: { x: 0, y: 0, w: 12, h: 8 },
      targets: [{ refId: 'A', expr: 'up', legendFormat: '{{instance}}' }],
    },
    { id: 2, type: 'geomap', title: 'Map', gridPos: { x: 12, y: 0, w: 12, h: 8 } },
  ],
};

/** A table of two series, one of them without the label that has a link. */
const SPARSE = {
  uid: 'sparse',
  title: 'Sparse table',
  time: { from: 'now-5m', to: 'now' },
  panels: [
    {
      id: 1,
      type: 'table',
      title: 'Relays',
      gridPos: { x: 0, y: 0, w: 24, h: 8 },
      targets: [
        {
          refId: 'A',
          expr: 'label_replace(vector(1), "relay", "known", "", "") or label_replace(vector(1), "other", "any", "", "")',
          format: 'table',
          instant: true,
          range: false,
        },
      ],
      fieldConfig: {
        defaults: {},
        overrides: [
          {
            matcher: { id: 'byName', options: 'relay' },
            properties: [
              {
                id: 'links',
                value: [{ title: 'Relay', url: '/d/gateway-relay?var-relay=${__value.raw}' }],
              },
            ],
          },
        ],
      },
    },
  ],
};

const files = temporaryFolder('gateway-observability-browser-test');
const { bundle } = await liveBundle();
let chromium: Chromium | undefined;
let stack: Stack | undefined;
let source: WatchedDashboards | undefined;
let view: ViewServer | undefined;
let page: BrowserPage;
let folder: string;

beforeAll(async () => {
  [folder, chromium, stack] = await Promise.all([
    pageFolder(),
    Chromium.start(),
    startStack({ bundle, scenario: demonstration, alreadyPassed: DEMONSTRATION_LEAD, onProgress: () => {} }),
  ]);
  writeFiles(files.path, [...renderGrafanaDashboards(bundle), ...renderRunbooks(bundle)]);
  writeFileSync(join(files.path, 'grafana', 'dashboards', 'foreign.json'), JSON.stringify(FOREIGN));
  writeFileSync(join(files.path, 'grafana', 'dashboards', 'sparse.json'), JSON.stringify(SPARSE));
  source = watchDashboards([files.path]);
  view = await served(stack.prometheus.client);
  page = await chromium.open({ width: 1280 });
});
afterAll(async () => {
  source?.close();
  await Promise.all([view?.stop(), chromium?.stop(), stack?.stop()]);
  files.remove();
});

const served = (client: PrometheusClient): Promise<ViewServer> =>
  startView({
    client,
    source: source as WatchedDashboards,
    page: () => folder,
    runbooks: [join(files.path, 'runbooks')],
    scrapeIntervalMs: 5_000,
  });

/** Waits until an expression is true in the page. */
const until = (what: string, expression: string, on = page) =>
  waitFor(async () => (await on.evaluate(expression)) === true, {
    what,
    timeoutMs: PATIENCE_MS,
    everyMs: 200,
  });

async function show(path: string): Promise<void> {
  await page.goto((view as ViewServer).url + path);
  await until(`${path} to be drawn`, 'window.previewDrawn === true');
}

/** What the page complains about, and what the browser does. */
const complaints = async (): Promise<unknown[]> => [
  ...page.problems,
  ...((await page.evaluate('window.previewErrors')) as unknown[]),
  ...((await page.evaluate(
    '[...document.querySelectorAll("[role=alert]")].map((one) => one.textContent)',
  )) as unknown[]),
];

/** Chooses a value of a selection as a reader does. */
const choose = (label: string, value: string) =>
  page.evaluate(`(() => {
    const select = document.querySelector('select[aria-label="${label}"]');
    Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, ${JSON.stringify(value)});
    select.dispatchEvent(new Event('change', { bubbles: true }));
  })()`);

const text = 'document.body.innerText';

describe('the live dashboards of a running stack', () => {
  it.each(bundle.dashboards.map(({ definition }) => [definition.uid, definition.title]))(
    '%s is drawn without an error',
    async (uid, title) => {
      await show(`/d/${uid}?from=now-15m&rows=open`);
      expect(await complaints()).toEqual([]);
      expect(await page.evaluate('document.querySelector("h1").textContent')).toBe(title);
      const empty = await page.evaluate(
        '[...document.querySelectorAll("[data-panel] section")].filter((one) => one.getBoundingClientRect().height === 0).length',
      );
      expect(empty).toBe(0);
    },
  );

  it('show another relay, and another time range, as the reader chooses', async () => {
    let other: string | undefined;
    await waitFor(
      async () => {
        // The first relays are known after the first scrapes.
        await show('/d/gateway-relay?from=now-15m');
        other = (await page.evaluate(
          'document.querySelectorAll(\'[data-variable="relay"] option\')[1]?.value',
        )) as string | undefined;
        return other !== undefined;
      },
      { what: 'two relays to be offered', timeoutMs: PATIENCE_MS, everyMs: 1_000 },
    );
    if (other === undefined) throw new Error('expected a second relay');
    await choose('Relay', other);
    await until('the other relay', `location.search.includes('var-relay=${other}') && window.previewDrawn`);
    const span = `(() => { const times = [...${text}.matchAll(/(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d)/g)].map((one) => Date.parse(one[1].replace(' ', 'T') + 'Z')); return (times[1] - times[0]) / 60000; })()`;
    expect(await page.evaluate(span)).toBe(15);
    await choose('Time range', 'now-1h');
    await until('the other range', `window.previewDrawn && ${span} === 60`);
    expect(await page.evaluate('document.querySelector(\'select[aria-label="Relay"]\').value')).toBe(other);
    expect(await complaints()).toEqual([]);
  });

  it('lead from a relay in a table to its dashboard, with the range, and back', async () => {
    await show('/d/gateway-overview?from=now-10m&rows=open');
    const link = `document.querySelector('[role="grid"] a[href*="/d/gateway-relay"]')`;
    await until('a relay in a table', `${link} !== null`);
    const href = new URL(String(await page.evaluate(`${link}.href`)));
    expect(href.searchParams.get('var-relay')).toMatch(/^[0-9a-f]{64}$/);
    expect(href.searchParams.get('from')).toBe('now-10m');
    await page.evaluate(`${link}.click()`);
    // The address changes before the new dashboard is drawn.
    const relay = JSON.stringify(href.searchParams.get('var-relay'));
    await until(
      'the dashboard of the relay',
      `location.pathname === '/d/gateway-relay' && window.previewDrawn && document.querySelector('select[aria-label="Relay"]')?.value === ${relay}`,
    );
    await page.evaluate('history.back()');
    await until('the overview', `location.pathname === '/d/gateway-overview' && window.previewDrawn`);
    expect(await complaints()).toEqual([]);
  });

  it('link the values of a column, and nothing in its empty cells', async () => {
    await show('/d/sparse');
    const links = `[...document.querySelectorAll('[role="grid"] a')].map((one) => one.textContent)`;
    await until('a linked value', `${links}.length > 0`);
    expect(await page.evaluate(links)).toEqual(['known']);
  });

  it('show an alert when it fires, without being asked, and its runbook', async () => {
    await show('/d/gateway-overview?from=now-15m&refresh=5s&rows=open');
    await until(
      'a firing alert',
      `/Gateway(?:WritesTurnedAway|EscrowLeaseExpiring|PendingWritesWaiting)/.test(${text})`,
    );
    await show('/runbooks/GatewayWritesTurnedAway.md');
    expect(await page.evaluate(text)).toContain('Check first');
    expect(await complaints()).toEqual([]);
  });

  it('draw the supported panels of a foreign dashboard, list the rest, and follow its file', async () => {
    await show('/d/foreign');
    expect(await page.evaluate(text)).toContain('Not drawn: found the panel type "geomap"');
    expect(
      await page.evaluate('document.querySelectorAll(\'[data-panel="1"] canvas\').length'),
    ).toBeGreaterThan(0);
    expect(await complaints()).toEqual([]);
    const renamed = { ...FOREIGN, title: 'Renamed board' };
    writeFileSync(join(files.path, 'grafana', 'dashboards', 'foreign.json'), JSON.stringify(renamed));
    await until('the new title', `document.title === 'Renamed board'`);
  });
});

describe('a Prometheus that goes away', () => {
  it('is named as the reason, and the panels come back when it does', async () => {
    let prometheus: RunningPrometheus = await startPrometheus();
    const port = Number(new URL(prometheus.url).port);
    const connection = new PrometheusConnection({ url: prometheus.url });
    const own = await served(new PrometheusClient(connection));
    const tab = await (chromium as Chromium).open({ width: 1280 });
    try {
      await tab.goto(`${own.url}/d/foreign?refresh=5s`);
      await until('the page', 'window.previewDrawn === true', tab);
      await prometheus.stop();
      await until('the reason', `${text}.includes('no answer (ECONNREFUSED)')`, tab);
      prometheus = await startPrometheus({ port });
      await until('the panel', `!${text}.includes('no answer') && window.previewDrawn`, tab);
    } finally {
      await tab.close();
      await own.stop();
      connection.close();
      await prometheus.stop();
    }
  });
});
