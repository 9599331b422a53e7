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
          { refId: 'A', name: 'lines', fields: [{ name: 'Value', type: 'number', values: [1, value] }] },
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
