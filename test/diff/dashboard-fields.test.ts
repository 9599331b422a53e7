import { describe, expect, it } from 'vitest';
import { unexplained, unexplainedOfPanel } from '../../src/diff/dashboard-fields.js';
import type { Finding } from '../../src/diff/finding.js';
import type { GrafanaDashboard, GrafanaPanel } from '../../src/rule-files/side.js';

describe('a field that another finding explains', () => {
  /** An object with a value at a path; objects of lists are known by `name`. */
  const at = (path: string, value: unknown): unknown => {
    const [, key, place, rest] = /^([^.[]+)(?:\[(\w+)\])?(?:\.(.*))?$/.exec(path) ?? [];
    const inner = rest === undefined ? value : at(rest, value);
    return {
      [key as string]:
        place === undefined
          ? inner
          : [
              ...(/^\d+$/.test(place) ? Array(Number(place)).fill(0) : []),
              typeof inner === 'object'
                ? { ...inner, ...(/^\d+$/.test(place) ? {} : { name: place }) }
                : inner,
            ],
    };
  };
  const paths = (all: readonly { readonly path: string }[]) => all.map(({ path }) => path);
  const findings = (...kinds: string[]): Finding[] =>
    kinds.map((kind) => ({ kind, level: 'notable', subject: 's', consequence: 'c', file: 'f' }));
  const ofPanel = (path: string, ...kinds: string[]) => {
    const [before, after] = [1, 2].map((value) => ({ more: at(path, value) }) as GrafanaPanel) as [
      GrafanaPanel,
      GrafanaPanel,
    ];
    return paths(unexplainedOfPanel(before, after, findings(...kinds)));
  };
  const ofDashboard = (path: string, ...kinds: string[]) => {
    const [before, after] = [1, 2].map(
      (value) => ({ more: at(path, value), order: [] as string[] }) as unknown as GrafanaDashboard,
    ) as [GrafanaDashboard, GrafanaDashboard];
    return paths(unexplained(before, after, findings(...kinds)));
  };
  const NUMBERED = 'fieldConfig.defaults.thresholds.steps[12].value';
  const QUERY = 'spec.data.spec.queries[0].spec.query.datasource';

  it.each([
    ['panel-id-changed', ['id', 'spec.id'], ['gridId', 'x.id', 'spec.idx', 'x.spec.id']],
    ['panel-title-changed', ['title', 'spec.title'], ['titles', 'options.title']],
    [
      'panel-type-changed',
      ['type', 'spec.vizConfig.group', 'spec.vizConfig.kind'],
      ['options.type', 'types', 'spec.vizConfig.kinds', 'x.spec.vizConfig.kind'],
    ],
    [
      'panel-unit-changed',
      ['format', 'fieldConfig.defaults.unit', 'spec.vizConfig.spec.fieldConfig.defaults.unit'],
      ['options.format', 'formats', 'fieldConfig.defaults.units'],
    ],
    [
      'panel-thresholds-changed',
      [NUMBERED, `spec.${NUMBERED}`],
      [NUMBERED.replace('value', 'values'), NUMBERED.replace('value', 'color')],
    ],
    [
      'panel-datasource-changed',
      ['datasource', 'datasource.uid', QUERY, `${QUERY}.name`],
      [
        'datasource.a.b',
        'x.datasource',
        'datasources',
        `${QUERY}.type`,
        `x.${QUERY}`,
        QUERY.replace('[0]', '[1]'),
      ],
    ],
    [
      'query-changed',
      ['targets[A].expr', 'a.query', 'a.rawSql', 'a.target'],
      ['expr', 'a.exprs', 'a.targets'],
    ],
    [
      'query-added',
      ['targets', 'targets[10]', 'spec.data.spec.queries[10]'],
      ['x.targets', 'targetsx', 'x.targets[10]', 'queries[10]', 'targets[A].hide'],
    ],
    ['query-removed', ['targets', 'targets[1]', 'spec.data.spec.queries[1]'], ['targets[A].hide']],
  ])('of a panel is not listed: %s', (kind, explained, others) => {
    for (const path of explained)
      expect([path, ofPanel(path, kind), ofPanel(path, `${kind}x`, `x${kind}`)]).toEqual([path, [], [path]]);
    for (const path of others) expect(ofPanel(path, kind)).toEqual([path]);
  });

  it.each([
    [
      'dashboard-uid-changed',
      ['uid', 'metadata.name', 'around.metadata.name'],
      ['x.uid', 'uids', 'metadata.names', 'x.metadata.name'],
    ],
    ['dashboard-title-changed', ['title', 'spec.title'], ['titles', 'x.title']],
    ...['added', 'removed', 'changed'].map(
      (what) =>
        [
          `variable-${what}`,
          [
            'templating.list[10]',
            'templating.list[10].query',
            'templating.list[10].query.query',
            'templating.list[10].definition',
            'variables[10]',
            'spec.variables[10]',
            'spec.variables[10].spec.query.x',
            'spec.variables[10].spec.definition',
          ],
          [
            'x.templating.list[10]',
            'templating.list[10].multi',
            'templating.list[10].query.x',
            'templating.list[10].definitions',
            'x.variables[10]',
            'spec.variables[10].spec.hide',
            'spec.variables[10].spec.definitions',
          ],
        ] as [string, string[], string[]],
    ),
  ] as [string, string[], string[]][])('of a dashboard is not listed: %s', (kind, explained, others) => {
    for (const path of explained)
      expect([path, ofDashboard(path, kind), ofDashboard(path, `${kind}x`)]).toEqual([path, [], [path]]);
    for (const path of others) expect(ofDashboard(path, kind)).toEqual([path]);
  });

  it('is none that is a query written in another way', () => {
    const panels = (key: string, before: unknown, after: unknown) =>
      paths(
        unexplainedOfPanel(
          { more: { [key]: before } } as unknown as GrafanaPanel,
          { more: { [key]: after } } as unknown as GrafanaPanel,
          [],
        ),
      );
    for (const key of ['expr', 'query']) expect(panels(key, 'x{a="$b"}  > 1', '1 < x{a="$b"}')).toEqual([]);
    expect(panels('expr', 'x > 1', 'x > 2')).toEqual(['expr']);
    expect(panels('exprs', 'x  > 1', 'x > 1')).toEqual(['exprs']);
    expect(panels('expr', 'up  =', 'up =')).toEqual(['expr']);
    expect(panels('expr', 'up', 'up  =')).toEqual(['expr']);
    expect(panels('query', 1, '1')).toEqual(['query']);
    expect(panels('query', '1', 1)).toEqual(['query']);
    expect(panels('query', { a: 1 }, 'a')).toEqual(['query']);
  });
});
