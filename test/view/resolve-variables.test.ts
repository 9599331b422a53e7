import { describe, expect, it } from 'vitest';
import type { DashboardJson, VariableJson } from '../../src/view/dashboard-json.js';
import { resolveVariables, type VariableChoices } from '../../src/view/resolve-variables.js';
import { builtIn } from '../../src/view/variables.js';

const RANGE = { from: 0, to: 6 * 3_600_000 };
const BUILT_IN = builtIn(RANGE, 30_000, 30_000);

/** What the variables of a dashboard hold, and what was asked for them: `query at seconds`. */
async function resolve(
  list: readonly VariableJson[],
  choices: Omit<Partial<VariableChoices>, 'chosen' | 'variableValues'> & {
    answers?: Readonly<Record<string, readonly Readonly<Record<string, string>>[] | Error>>;
    chosen?: Readonly<Record<string, readonly string[]>>;
    variableValues?: Readonly<Record<string, string>>;
  } = {},
) {
  const { answers = {}, chosen, variableValues, ...more } = choices;
  const asked: string[] = [];
  const dashboard: DashboardJson = {
    uid: 'd',
    title: 'D',
    time: { from: 'now-6h', to: 'now' },
    panels: [],
    templating: { list },
  };
  const variables = await resolveVariables(
    dashboard,
    {
      client: {
        async query(expr, time) {
          asked.push(`${expr} at ${time}`);
          const answer = answers[expr] ?? [];
          if (answer instanceof Error) throw answer;
          return answer.map((labels) => ({ labels, value: 2, time: 60 }));
        },
        queryRange: async () => [],
      },
      datasource: 'my-prometheus',
      ...(chosen === undefined ? {} : { chosen: new Map(Object.entries(chosen)) }),
      ...(variableValues === undefined ? {} : { variableValues: new Map(Object.entries(variableValues)) }),
      ...more,
    },
    RANGE,
    BUILT_IN,
  );
  return { variables, asked };
}
const one = async (...given: Parameters<typeof resolve>) => (await resolve(...given)).variables[0];

const custom = (more: Partial<VariableJson> = {}): VariableJson => ({
  name: 'v',
  type: 'custom',
  query: 'a, b,c',
  ...more,
});

describe('what a variable is', () => {
  it('is told to the page', async () => {
    expect(await one([custom({ label: 'Relay', hide: 2, current: { value: 'b' } })])).toEqual({
      name: 'v',
      label: 'Relay',
      type: 'custom',
      hidden: true,
      multi: false,
      includeAll: false,
      list: false,
      all: false,
      values: ['b'],
      options: ['a', 'b', 'c'],
    });
    expect(await one([custom({ multi: true, hide: 1, current: { value: ['c', 'a'] } })])).toEqual({
      name: 'v',
      label: 'v',
      type: 'custom',
      hidden: false,
      multi: true,
      includeAll: false,
      list: true,
      all: false,
      values: ['c', 'a'],
      options: ['a', 'b', 'c'],
    });
    expect(await one([custom({ includeAll: true, current: { value: 'b' } })])).toMatchObject({
      multi: false,
      includeAll: true,
      list: true,
      all: false,
      values: ['b'],
    });
  });

  it('comes in the order of the dashboard, after those that it depends on were asked for', async () => {
    const list = [
      { name: 'relay', type: 'query', query: 'label_values(up{job="$job"}, relay)' },
      custom({ name: 'job', query: 'j1,j2' }),
      { name: 'ds', type: 'datasource' },
    ];
    const { variables, asked } = await resolve(list, { chosen: { job: ['j2'] } });
    expect(variables.map(({ name }) => name)).toEqual(['relay', 'job', 'ds']);
    expect(asked).toEqual(['group by (relay) (last_over_time(up{job="j2"}[21600s])) at 21600']);
    expect(variables[2]).toMatchObject({ all: false, values: ['my-prometheus'], options: [] });
  });

  it('is nothing in a dashboard without any', async () => {
    const dashboard = { uid: 'd', title: 'D', time: { from: 'now-6h', to: 'now' }, panels: [] };
    const client = { query: async () => [], queryRange: async () => [] };
    expect(await resolveVariables(dashboard, { client, datasource: 'p' }, RANGE, BUILT_IN)).toEqual([]);
  });
});

describe('the value of a variable', () => {
  const values = async (variable: Partial<VariableJson>, more: Parameters<typeof resolve>[1] = {}) =>
    (await one([custom(variable)], more))?.values;

  it('is that of the dashboard, else its first option', async () => {
    expect(await values({ current: { value: 'b' } })).toEqual(['b']);
    expect(await values({ current: {} })).toEqual(['a']);
    expect(await values({})).toEqual(['a']);
    expect(await values({ current: { value: 'gone' } })).toEqual(['a']);
    expect(await values({ multi: true })).toEqual(['a']);
    expect(await values({ multi: true, current: { value: ['gone', 'c'] } })).toEqual(['c']);
    expect(await values({ current: { value: ['b', 'c'] } })).toEqual(['b']);
  });

  it('is that which a picture is to have, where it holds only one', async () => {
    expect(await values({}, { variableValues: { v: 'c' } })).toEqual(['c']);
    expect(await values({}, { variableValues: { other: 'c' } })).toEqual(['a']);
    expect(await values({ multi: true }, { variableValues: { v: 'c' } })).toEqual(['a']);
  });

  it('is that which a reader chose', async () => {
    expect(await values({ current: { value: 'b' } }, { chosen: { v: ['c'] } })).toEqual(['c']);
    expect(await values({ multi: true }, { chosen: { v: ['c', 'b'] } })).toEqual(['c', 'b']);
    expect(await values({}, { chosen: { v: ['c'] }, variableValues: { v: 'b' } })).toEqual(['c']);
    expect(await values({ current: { value: 'b' } }, { chosen: { other: ['c'] } })).toEqual(['b']);
  });

  it('may be chosen though it is no option, which is told', async () => {
    expect(await one([custom({ multi: true })], { chosen: { v: ['x-1', 'b'] } })).toMatchObject({
      values: ['b', 'x-1'],
      unlisted: ['x-1'],
    });
    expect(await one([custom()], { chosen: { v: ['b'] } })).not.toHaveProperty('unlisted');
    expect(await one([custom()], { chosen: { v: ['10.0.0.1:80/a@b_c-d'] } })).toMatchObject({
      values: ['10.0.0.1:80/a@b_c-d'],
    });
  });

  it.each(['a"', '"a', 'a b', '', 'a{', 'a\\'])('is never a part of a query: %j', async (value) => {
    await expect(resolve([custom()], { chosen: { v: [value] } })).rejects.toThrow(
      `d, variable v: v: found ${JSON.stringify(value)}, which is not among the options; expected one of them`,
    );
  });
});

describe('All', () => {
  const all = (variable: Partial<VariableJson>, more: Parameters<typeof resolve>[1] = {}) =>
    one([custom({ includeAll: true, ...variable })], more);

  it('is chosen where nothing is, or where it is', async () => {
    const every = { all: true, values: ['a', 'b', 'c'], options: ['a', 'b', 'c'] };
    expect(await all({})).toMatchObject(every);
    expect(await all({ current: { value: [] } })).toMatchObject(every);
    expect(await all({ current: { value: '$__all' } })).toMatchObject(every);
    expect(await all({ current: { value: 'b' } }, { chosen: { v: ['$__all'] } })).toMatchObject(every);
    expect(await all({ current: { value: ['b', '$__all'] } })).toMatchObject({ all: false, values: ['b'] });
    expect(await all({ includeAll: false, current: { value: '$__all' } })).toMatchObject({
      all: false,
      values: ['a'],
    });
  });

  it('has a text of its own where the dashboard gives one', async () => {
    expect(await all({ allValue: '.*' })).toMatchObject({ allValue: '.*' });
    expect(await all({ allValue: '' })).not.toHaveProperty('allValue');
    expect(await all({})).not.toHaveProperty('allValue');
  });
});

describe('options', () => {
  it('of a list may have names', async () => {
    expect(await one([custom({ query: ' First : a, b,Third : c d ' })])).toMatchObject({
      options: ['a', 'b', 'c d'],
      texts: { a: 'First', 'c d': 'Third' },
      values: ['a'],
    });
    expect((await one([custom({ query: 'First : a', includeAll: true })]))?.texts).toEqual({ a: 'First' });
    expect(await one([custom()])).not.toHaveProperty('texts');
    expect(await one([custom({ includeAll: true })])).not.toHaveProperty('texts');
  });

  it('of an interval are a list as well, and a constant is its text', async () => {
    expect(await one([custom({ type: 'interval', query: '1m,5m' })])).toMatchObject({
      options: ['1m', '5m'],
    });
    expect(await one([custom({ type: 'constant', query: 'a,b' })])).toMatchObject({
      options: ['a,b'],
      values: ['a,b'],
    });
    expect(await one([{ name: 'v', type: 'constant' }])).toMatchObject({ options: [''], values: [''] });
  });

  it('are the values of a label', async () => {
    const variable = { name: 'relay', type: 'query', query: 'label_values(relay)' };
    const { variables, asked } = await resolve([variable], {
      answers: {
        'group by (relay) (last_over_time({__name__=~".+"}[21600s]))': [{ relay: 'b' }, {}, { relay: 'a' }],
      },
    });
    expect(asked).toEqual(['group by (relay) (last_over_time({__name__=~".+"}[21600s])) at 21600']);
    expect(variables[0]).toMatchObject({ options: ['b', 'a'], values: ['b'] });
  });

  it('are what the pattern finds in a result', async () => {
    const variable = {
      name: 'relay',
      type: 'query',
      query: 'query_result(max by (relay) (up[$__range]))',
      regex: '/relay="(\\w+)"} 2 60000/',
    };
    const { variables, asked } = await resolve([variable], {
      answers: { 'max by (relay) (up[21600s])': [{ relay: 'b' }, { relay: 'a' }] },
    });
    expect(asked).toEqual(['max by (relay) (up[21600s]) at 21600']);
    expect(variables[0]?.options).toEqual(['b', 'a']);
  });

  it.each(['adhoc', 'groupby'])('are none of the type %s', async (type) => {
    await expect(resolve([{ name: 'v', type }])).rejects.toThrow(
      `d, variable v: found the type "${type}", which is not supported`,
    );
  });
});

describe('a text that is typed', () => {
  const typed = (text: string, query = 'first') =>
    one([{ name: 'v', type: 'textbox', query }], { chosen: { v: [text] } });

  it('is the value; that of the dashboard at first', async () => {
    expect(await typed('any text, 5%')).toMatchObject({
      all: false,
      values: ['any text, 5%'],
      options: ['first'],
    });
    expect(await typed('')).toMatchObject({ values: [''] });
    expect(await one([{ name: 'v', type: 'textbox', query: 'first' }])).toMatchObject({ values: ['first'] });
    expect(await one([{ name: 'v', type: 'textbox', query: 'q' }], { chosen: { v: [] } })).toMatchObject({
      values: [''],
    });
  });

  it.each(['"', "'", '`', '{', '}', '(', ')', '[', ']', '\\'])('holds no %s', async (character) => {
    for (const text of [character, `a${character}`, `${character}a`])
      await expect(typed(text)).rejects.toThrow(
        `v: found ${JSON.stringify(text)}, expected a text without quotes and brackets`,
      );
  });
});

describe('a variable that cannot be resolved', () => {
  const list = [{ name: 'bad', label: 'Bad', type: 'query', query: 'label_values(up, x)' }, custom()];
  const QUERY = 'group by (x) (last_over_time(up[21600s]))';
  const away = new Error('it is away');

  it('is an error that names it', async () => {
    await expect(resolve(list, { answers: { [QUERY]: away } })).rejects.toThrow(
      expect.objectContaining({
        name: 'VariableError',
        message: 'd, variable bad: it is away',
        cause: away,
      }),
    );
  });

  it('may leave the others', async () => {
    const errors: unknown[] = [];
    const { variables } = await resolve(list, {
      answers: { [QUERY]: away },
      onError: (variable, error) => errors.push([variable, error.message, error.cause]),
    });
    expect(errors).toEqual([[list[0], 'd, variable bad: it is away', away]]);
    expect(variables).toEqual([
      {
        name: 'bad',
        label: 'Bad',
        type: 'query',
        hidden: false,
        multi: false,
        includeAll: false,
        list: false,
        all: false,
        values: [],
        options: [],
        error: 'd, variable bad: it is away',
      },
      expect.objectContaining({ name: 'v', values: ['a'] }),
    ]);
  });
});
