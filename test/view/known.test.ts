import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import type { DashboardJson, PanelJson } from '../../src/view/dashboard-json.js';
import { KNOWN_PANELS, unsupportedLines } from '../../src/view/known.js';
import { asDashboard, readDashboards } from '../../src/view/read-dashboards.js';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const dashboard = (panel: Partial<PanelJson>): DashboardJson => ({
  uid: 'x',
  title: 'X',
  time: { from: 'now-1h', to: 'now' },
  panels: [{ id: 7, type: 'timeseries', title: 'Is it?', gridPos: { x: 0, y: 0, w: 24, h: 8 }, ...panel }],
});
const fieldConfig = (more: Partial<NonNullable<PanelJson['fieldConfig']>>) => ({
  fieldConfig: { defaults: {}, overrides: [], ...more },
});

describe('what the preview knows', () => {
  it('is everything that the generated dashboards use', () => {
    const dashboards = readDashboards(at('generated/grafana/dashboards'));
    expect(dashboards).not.toHaveLength(0);
    expect(dashboards.flatMap(unsupportedLines)).toEqual([]);
  });

  it('is shown by the sample, every panel type of it', () => {
    const [sample] = readDashboards(at('preview/sample')) as [DashboardJson];
    expect(unsupportedLines(sample)).toEqual([]);
    const types = new Set(sample.panels.map(({ type }) => type));
    expect([...types].sort()).toEqual([...Object.keys(KNOWN_PANELS), 'row'].sort());
  });

  it.each<[string, Partial<PanelJson>, string]>([
    ['a panel type', { type: 'nodeGraph' }, 'the panel type "nodeGraph"'],
    ['a name that every object has', { type: 'constructor' }, 'the panel type "constructor"'],
    ['an option', { options: { zoom: true } }, 'options: found "zoom"'],
    [
      'a value of an option',
      { type: 'heatmap', options: { calculate: true } },
      'options.calculate: found true',
    ],
    [
      'a transformation',
      { transformations: [{ id: 'histogram', options: {} }] },
      'transformations: found "histogram"',
    ],
    ['a setting', fieldConfig({ defaults: { actions: [] } }), 'fieldConfig.defaults: found "actions"'],
    ['a setting of its type', fieldConfig({ defaults: { custom: { width: 1 } } }), 'custom: found "width"'],
    [
      'a matcher',
      fieldConfig({ overrides: [{ matcher: { id: 'byValue' }, properties: [] }] }),
      'the matcher "byValue"',
    ],
    [
      'a property of an override',
      fieldConfig({ overrides: [{ matcher: { id: 'byName' }, properties: [{ id: 'custom.width' }] }] }),
      'the property "custom.width"',
    ],
  ])('does not include %s that is drawn nowhere, and the panel is named', (_, panel, problem) => {
    expect(unsupportedLines(dashboard(panel))).toEqual([
      expect.stringMatching(/^x, panel 7 \(Is it\?\): (?:not drawn|left out): /),
    ]);
    expect(unsupportedLines(dashboard(panel))[0]).toContain(problem);
  });

  it('passes over a transformation that is switched off', () => {
    const off = { transformations: [{ id: 'histogram', options: {}, disabled: true }] };
    expect(unsupportedLines(dashboard(off))).toEqual([]);
  });
});

describe('a folder of dashboards', () => {
  const folder = temporaryFolder('preview-dashboards');
  afterAll(() => folder.remove());

  it.each([
    ['not JSON', '{', 'expected a dashboard as JSON'],
    ['no object', 'null', 'panels: found undefined, expected a list'],
    ['a uid that is no file name', '{"uid":"../x","panels":[]}', 'uid: found "../x"'],
    ['no panels', '{"uid":"x"}', 'panels: found undefined, expected a list'],
    ['schema v2', '{"elements":{}}', 'elements: found a dashboard of schema v2'],
    ['rows in place of panels', '{"rows":[]}', 'rows: found a dashboard from before Grafana 5'],
    ['a panel that is none', '{"uid":"x","panels":[7]}', 'panels[0]: found 7, expected a panel'],
  ])('is refused where a file holds %s', (_, text, problem) => {
    writeFileSync(join(folder.path, 'one.json'), text);
    expect(() => readDashboards(folder.path)).toThrow(`${join(folder.path, 'one.json')}: `);
    expect(() => readDashboards(folder.path)).toThrow(problem);
  });

  it('is refused where it is not there', () => {
    expect(() => readDashboards(join(folder.path, 'gone'))).toThrow('cannot be read (ENOENT)');
  });
});

describe('a dashboard that others wrote', () => {
  it.each([
    ['as it is', (inner: object) => inner],
    ['as an export of the API', (dashboard: object) => ({ dashboard, meta: {} })],
    ['as a manifest', (spec: object) => ({ kind: 'Dashboard', metadata: { name: 'x' }, spec })],
  ])('is read %s', (_, wrap) => {
    expect(asDashboard(wrap({ uid: 'x', title: 'X', panels: [] }), 'x.json')).toMatchObject({
      uid: 'x',
      title: 'X',
      time: { from: 'now-6h', to: 'now' },
    });
  });

  it('gets the ids and places that its file leaves to Grafana', () => {
    const row = { type: 'row', panels: [{ type: 'stat' }] };
    const { uid, panels } = asDashboard(
      { uid: null, title: 'X', panels: [{ type: 'stat', id: 1 }, { type: 'stat', id: 1 }, row] },
      'a folder/My board.json',
    );
    expect(uid).toBe('My-board');
    const ids = panels.flatMap(({ id, panels: inner = [] }) => [id, ...inner.map((one) => one.id)]);
    expect(new Set(ids).size).toBe(4);
    expect(panels.map(({ gridPos }) => gridPos.y)).toEqual([0, 8, 16]);
  });
});

describe('the large packages', () => {
  const root = JSON.parse(readFileSync(at('package.json'), 'utf8')) as Record<string, object | string[]>;
  const own = JSON.parse(readFileSync(at('preview/package.json'), 'utf8')) as { dependencies: object };

  it('are in a package of their own that nothing else pulls in', () => {
    const named = new Set(
      [root.dependencies, root.devDependencies].flatMap((list) => Object.keys(list ?? {})),
    );
    for (const name of Object.keys(own.dependencies)) expect(named).not.toContain(name);
    expect(root.workspaces).toBeUndefined();
    expect(root.files).not.toContain('preview');
  });

  it('are pinned exactly', () => {
    for (const version of Object.values(own.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
