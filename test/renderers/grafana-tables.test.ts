import { describe, expect, it } from 'vitest';
import type { PanelDefinition } from '../../src/model/dashboard.js';
import { raw } from '../checks/bundle-fixture.js';
import { type Json, type PanelJson, query, rendered, SHORT_KEY } from './small-dashboard.js';

/*
 * What Grafana reads of a small dashboard, written by hand in the terms of Grafana's own documentation of its JSON.
 */

describe('a table', () => {
  const column = { title: 'pending for', unit: 's', empty: 'no' };
  const overridesOf = ({ fieldConfig }: PanelJson) =>
    Object.fromEntries(
      fieldConfig.overrides.map(({ matcher, properties }) => {
        expect(matcher).toMatchObject({ id: 'byName' });
        const named = properties as { id: string; value: unknown }[];
        return [(matcher as Json).options, Object.fromEntries(named.map(({ id, value }) => [id, value]))];
      }),
    );

  it('gives the columns beside a label of unknown width what is left', () => {
    const json = rendered({
      kind: 'table',
      queries: [{ expr: () => raw('max by (kind) (up)'), column }],
    });
    expect(overridesOf(json)['pending for']).toMatchObject({ 'custom.minWidth': 95 });
    // Only a text of more than 200 pixels gets its own width.
    const withText = (length: number) =>
      overridesOf(
        rendered({
          kind: 'table',
          queries: [query('', { column: { ...column, empty: 'x'.repeat(length) } })],
        }),
      )['pending for'];
    expect([withText(26), withText(27)]).toEqual([
      expect.objectContaining({ 'custom.minWidth': 95 }),
      expect.objectContaining({ 'custom.width': 207 }),
    ]);
  });

  it('has a column for each query, beside the relay that leads to its dashboard', () => {
    const json = rendered({
      kind: 'table',
      queries: [
        query('', { column }),
        query('', {
          column: {
            title: 'lag',
            unit: 'short',
            empty: '-',
            decimals: 2,
            breaksTies: true,
            thresholds: () => [{ value: 5, color: 'orange' }],
          },
        }),
        query('', {
          column: {
            title: 'state',
            unit: 'none',
            empty: '',
            isEmptyUnknown: true,
            mappings: [{ value: 1, text: 'up', color: 'blue' }],
          },
        }),
        query('', {
          column: { title: 'word', unit: 'none', empty: '', mappings: [{ value: 1, text: 'up' }] },
        }),
      ],
    });
    expect(json.transformations).toEqual([
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          renameByName: {
            'Value #A': 'pending for',
            'Value #B': 'lag',
            'Value #C': 'state',
            'Value #D': 'word',
          },
        },
      },
    ]);
    expect(json.options).toMatchObject({
      sortBy: [
        { displayName: 'pending for', desc: true },
        { displayName: 'lag', desc: true },
      ],
    });
    const colored = { type: 'color-background', mode: 'basic' };
    const faintGrey = 'rgba(128, 135, 145, 0.2)';
    expect(overridesOf(json)).toEqual({
      'pending for': { unit: 's', noValue: 'no', 'custom.minWidth': 95 },
      lag: {
        unit: 'short',
        noValue: '-',
        decimals: 2,
        'custom.minWidth': 95,
        'custom.cellOptions': colored,
        thresholds: {
          mode: 'absolute',
          steps: [
            { value: null, color: 'transparent' },
            { value: 0, color: 'transparent' },
            { value: 5, color: 'orange' },
          ],
        },
      },
      state: {
        unit: 'none',
        noValue: '',
        'custom.minWidth': 95,
        'custom.cellOptions': colored,
        mappings: [{ type: 'value', options: { 1: { text: 'up', index: 0, color: 'blue' } } }],
        thresholds: {
          mode: 'absolute',
          steps: [
            { value: null, color: faintGrey },
            { value: 0, color: 'transparent' },
          ],
        },
      },
      word: {
        unit: 'none',
        noValue: '',
        'custom.minWidth': 95,
        mappings: [{ type: 'value', options: { 1: { text: 'up', index: 0 } } }],
      },
      relay: {
        'custom.width': 130,
        mappings: [SHORT_KEY],
        // Of a row without a relay; not the text that the panel shows without data.
        noValue: '–',
        links: [
          {
            title: 'Relay ${__value.raw}',
            url: '/d/story?var-relay=${__value.raw:percentencode}&${datasource:queryparam}&${__url_time_range}',
          },
        ],
      },
    });
    for (const target of json.targets)
      expect(target).toMatchObject({ instant: true, range: false, format: 'table' });
  });

  it('of one query has its value under the title of its column, or of the panel', () => {
    const renameByName = (changes: Partial<PanelDefinition>) =>
      (rendered({ kind: 'table', ...changes }).transformations as { id: string; options: Json }[]).map(
        ({ id, options }) => [id, options.renameByName],
      );
    expect(renameByName({ queries: [query('', { column })] })).toEqual([
      ['organize', { Value: 'pending for' }],
    ]);
    expect(renameByName({ queries: [query('')] })).toEqual([
      ['organize', { Value: 'Which relays are pending?' }],
    ]);
    const { 'Which relays are pending?': own } = overridesOf(
      rendered({ kind: 'table', unit: 'percent', queries: [query('')] }),
    );
    expect(own).toEqual({ unit: 'percent', noValue: '', 'custom.minWidth': 95 });
  });

  it('sorts by a hidden first column without showing it, and by the smallest value where that matters', () => {
    const second = query('', { column: { ...column, title: 'lag' } });
    const hidden = rendered({
      kind: 'table',
      queries: [query('', { column: { ...column, hidden: true } }), second],
    });
    expect(hidden.transformations).toEqual([
      { id: 'merge', options: {} },
      { id: 'sortBy', options: { sort: [{ field: 'Value #A', desc: true }] } },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true, 'Value #A': true },
          renameByName: { 'Value #B': 'lag' },
        },
      },
    ]);
    expect(hidden.options).not.toHaveProperty('sortBy');
    expect(Object.keys(overridesOf(hidden))).toEqual(['lag', 'relay']);
    const smallest = { ...column, smallestFirst: true };
    expect(
      rendered({ kind: 'table', queries: [query('', { column: smallest }), second] }).options,
    ).toMatchObject({ sortBy: [{ displayName: 'pending for', desc: false }] });
  });

  it.each([
    [
      undefined,
      [{ title: 'Alert: ${__value.raw}', url: '/alerting/list?search=${__value.raw}', targetBlank: true }],
    ],
    [
      'https://docs.example.org',
      [
        {
          title: 'What to do: ${__value.raw}',
          url: 'https://docs.example.org/${__value.raw}.md',
          targetBlank: true,
        },
        { title: 'Alert: ${__value.raw}', url: '/alerting/list?search=${__value.raw}', targetBlank: true },
      ],
    ],
  ])('of alerts leads from their names to what to do (runbooks: %s)', (runbooks, links) => {
    const json = rendered(
      {
        kind: 'table',
        queries: [
          { expr: () => raw('max by (alertname, instance) (ALERTS)'), column: { ...column, title: 'x' } },
        ],
      },
      runbooks === undefined ? {} : { links: { runbooks } },
    );
    expect(overridesOf(json)).toEqual({
      // Where names need room, a column has the width of its longest text, at least 100 pixels.
      x: { unit: 's', noValue: 'no', 'custom.width': 100 },
      alert: { 'custom.minWidth': 310, noValue: '–', links },
      instance: { 'custom.minWidth': 150, noValue: '–' },
    });
    expect(json.description).toBe(
      runbooks === undefined
        ? 'Good: none. From the recorded pending set of the gateway. The name links to the alert. What to do: runbooks/<Alert>.md.'
        : 'Good: none. From the recorded pending set of the gateway. The name links to what to do, and to the alert.',
    );
  });

  it.each([
    ['0123456789012345', undefined, 160],
    ['short', 'a word of twenty-five more', 200],
  ])('has columns as wide as their longest text beside names: %s, %s', (title, text, width) => {
    const mappings = text === undefined ? {} : { mappings: [{ value: 0, text }] };
    const json = rendered({
      kind: 'table',
      queries: [{ expr: () => raw('max by (version) (up)'), column: { ...column, title, ...mappings } }],
    });
    expect(overridesOf(json)[title]).toMatchObject({ 'custom.width': width });
    expect(overridesOf(json).version).toEqual({ 'custom.minWidth': 90, noValue: '–' });
  });

  it('has a column as wide as a long text beside keys, and lets the others share the rest', () => {
    const json = rendered({
      kind: 'table',
      queries: [
        query('', { column }),
        query('', {
          column: {
            ...column,
            title: 'lease',
            mappings: [{ value: 0, text: 'expired over 1 h ago, not released' }],
          },
        }),
      ],
    });
    expect(overridesOf(json).lease).toMatchObject({ 'custom.width': 256 });
    expect(overridesOf(json)['pending for']).toEqual({ unit: 's', noValue: 'no', 'custom.minWidth': 95 });
  });

  it('has the labels that any of its aggregations keeps as columns, not those that they drop', () => {
    const labels = (expr: string) =>
      Object.keys(
        overridesOf(rendered({ kind: 'table', queries: [{ expr: () => raw(expr), column }] })),
      ).filter((name) => name !== 'pending for');
    expect(labels('max by (relay) (up) and on (relay) max by (identifier, relay) (up)')).toEqual([
      'relay',
      'identifier',
    ]);
    expect(labels('max without (relay) (up)')).toEqual([]);
    expect(labels('max(up)')).toEqual([]);
  });
});
