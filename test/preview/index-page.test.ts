import { expect, it } from 'vitest';
import { indexPage, type Shown } from '../../src/preview/index-page.js';
import type { DashboardJson } from '../../src/view/dashboard-json.js';

const dashboard: DashboardJson = {
  uid: 'x',
  title: 'Is <it>?',
  time: { from: 'now-1h', to: 'now' },
  panels: [{ id: 7, type: 'timeseries', title: 'How many?', gridPos: { x: 0, y: 0, w: 24, h: 8 } }],
};

const shown = (situation: string, value: number): Shown => ({
  situation,
  pictures: [`x-${situation}.png`],
  data: {
    dashboard,
    range: { from: 0, to: 3_600_000 },
    variables: [],
    builtIn: {},
    annotations: [],
    alerts: [],
    panels: {
      7: {
        builtIn: {},
        queries: [{ refId: 'A', expr: 'up < 1', series: 1, step: 30 }],
        frames: [
          { refId: 'A', name: 'lines', fields: [{ name: 'Value', type: 'number', values: [1, 2, value] }] },
        ],
      },
    },
  },
});

it('tells each query as it was sent and what it ended with, one fact a line', () => {
  const lines = indexPage([[shown('quiet', 0.1 + 0.2), shown('incident', 5)]]).split('\n');
  expect(lines).toContain('<h2 id="x">Is &lt;it&gt;?</h2>');
  expect(lines).toContain('<pre>up &lt; 1</pre>');
  expect(lines).toContain('<li>lines: 0.3</li>');
  expect(lines).toContain('<li>lines: 5</li>');
  expect(lines).toContain('<p><img src="x-incident.png" alt="Is &lt;it&gt;?, incident"></p>');
});

it('changes one line where one value changes', () => {
  const before = indexPage([[shown('quiet', 1)]]).split('\n');
  const after = indexPage([[shown('quiet', 2)]]).split('\n');
  expect(after.filter((line, i) => line !== before[i])).toEqual(['<li>lines: 2</li>']);
});

it('lists each dashboard, its variables, and the last values of each query', () => {
  const many = Array.from({ length: 22 }, (_, i) => `r${i}`);
  const first = shown('quiet', 5);
  const row = { id: 1, type: 'row', title: 'Row', gridPos: { x: 0, y: 0, w: 24, h: 1 } };
  const text = { id: 9, type: 'text', title: 'Text', gridPos: { x: 0, y: 9, w: 24, h: 8 } };
  const inside = { id: 8, type: 'table', gridPos: { x: 0, y: 1, w: 24, h: 8 } };
  const data: Shown['data'] = {
    ...first.data,
    dashboard: { ...dashboard, panels: [...dashboard.panels, { ...row, panels: [inside] }, text] },
    variables: [
      { name: 'a', label: 'A', all: true, values: ['x'], hidden: false },
      { name: 'b', label: 'B<', all: false, values: ['x', 'y'], hidden: false },
      { name: 'c', label: 'C', all: false, values: [], hidden: true },
    ] as unknown as Shown['data']['variables'],
    panels: {
      7: {
        builtIn: {},
        queries: [
          { refId: 'A', expr: 'up', series: 2 },
          { refId: 'B', expr: 'down', series: 0, step: 15 },
        ],
        frames: [
          {
            refId: 'A',
            fields: [
              { name: 'Time', type: 'time', values: [1] },
              { name: 'v', type: 'number', values: [1, 1 / 3] },
              { name: 'w', type: 'number', values: [1, null] },
            ],
          },
        ],
      },
      8: {
        builtIn: {},
        queries: [{ refId: 'A', expr: 'table', series: 22 }],
        frames: [
          {
            refId: 'A',
            fields: [
              { name: 'Time', type: 'time', values: many },
              { name: 'relay', type: 'string', values: many },
              { name: 'value', type: 'number', values: many.map((_, i) => (i === 1 ? null : i)) },
            ],
          },
        ],
      },
    },
  };
  const page = indexPage([[{ ...first, data }], []]);
  expect(page.slice(page.indexOf('<h1>')).split('\n')).toEqual([
    '<h1>Preview of the dashboards</h1>',
    '<p>Drawn with simulated data, without a Grafana server. These are not screenshots.</p>',
    '<ul>',
    '<li><a href="#x">Is &lt;it&gt;?</a></li>',
    '</ul>',
    '<h2 id="x">Is &lt;it&gt;?</h2>',
    '<h3>quiet</h3>',
    '<p>A: All</p>',
    '<p>B&lt;: x, y</p>',
    '<p><img src="x-quiet.png" alt="Is &lt;it&gt;?, quiet"></p>',
    '<h4>How many? (panel 7, timeseries)</h4>',
    '<p>quiet, query A: 2 series</p>',
    '<pre>up</pre>',
    '<ul>',
    '<li>v: 0.333333</li>',
    '<li>w: no value at the end</li>',
    '</ul>',
    '<p>quiet, query B: 0 series, a value every 15 s</p>',
    '<pre>down</pre>',
    '<h4> (panel 8, table)</h4>',
    '<p>quiet, query A: 22 series</p>',
    '<pre>table</pre>',
    '<ul>',
    '<li>relay: r0, value: 0</li>',
    '<li>relay: r1, value: no value</li>',
    ...many.slice(2, 20).map((relay, i) => `<li>relay: ${relay}, value: ${i + 2}</li>`),
    '<li>and 2 more</li>',
    '</ul>',
    '<h4>Text (panel 9, text)</h4>',
    '</body>',
    '</html>',
    '',
  ]);
  expect(page.slice(0, page.indexOf('<h1>')).split('\n')).toEqual([
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<title>Preview of the dashboards</title>',
    '<style>',
    ...['body', 'img', 'pre'].map((name) => expect.stringMatching(new RegExp(`^${name} \\{ .* \\}$`))),
    '</style>',
    '</head>',
    '<body>',
    '',
  ]);
});

it('counts no more rows where all are listed', () => {
  const [quiet] = [shown('quiet', 5)];
  const values = Array.from({ length: 20 }, (_, i) => `r${i}`);
  const frames = [{ refId: 'A', fields: [{ name: 'relay', type: 'string' as const, values }] }];
  const [panel] = Object.values(quiet.data.panels);
  const data = { ...quiet.data, panels: { 7: { ...panel, frames } } } as Shown['data'];
  const page = indexPage([[{ ...quiet, data }]]);
  expect(page).toContain('<li>relay: r19</li>\n</ul>');
});
