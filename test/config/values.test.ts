import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/error.js';
import { foundText } from '../../src/config/fields.js';
import { parseConfig } from '../../src/config/load.js';
import { siteOf } from '../../src/config/site.js';
import { suggestion } from '../../src/config/suggestion.js';
import { duration } from '../../src/promql/duration.js';

/** A configuration with one value, by its dotted path. */
const withValue = (path: string, value: unknown): unknown =>
  path.split('.').reduceRight((inner, key) => ({ [key]: inner }), value);

/** What is read of one value. */
const read = (path: string, value: unknown): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (node, key) => (node as Record<string, unknown>)[key],
      parseConfig(withValue(path, value)),
    );

/** The messages about one value. */
function refusals(path: string, value: unknown): string[] {
  try {
    parseConfig(withValue(path, value), 'site.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** Refused with this message, which names the value. */
const expectRefused = (path: string, values: readonly unknown[], expected: string) => {
  for (const value of values)
    expect(refusals(path, value)).toEqual([
      `site.yaml: ${path}: found ${JSON.stringify(value)}, expected ${expected}`,
    ]);
};

describe('a number', () => {
  it.each([
    ['thresholds.pushWait.slowSeconds', 0, 100_000],
    ['thresholds.pushWait.slowShare', 0, 1],
    ['thresholds.pushWait.failedShare', 0, 1],
    ['thresholds.replicaFallback.mirrorLagSeconds', 1, 86_400],
    ['thresholds.objective.target', 0.5, 0.9999],
  ])('may be at its bounds and not beyond them: %s', (path, low, high) => {
    for (const value of [low, (low + high) / 2, high]) expect(read(path, value)).toBe(value);
    expectRefused(path, [low - 0.0001, high + 0.0001, '0.7', true], `a number from ${low} to ${high}`);
  });
});

describe('a duration', () => {
  it.each(['scrapeInterval', 'thresholds.pendingWrites.carryFor', 'thresholds.objective.clearedWithin'])(
    'is from one second to one year: %s',
    (path) => {
      for (const value of ['1s', '365d', '1y', '1h30m']) expect(read(path, value)).toBe(value);
      expectRefused(path, ['0s'], 'a duration above 0s');
      expectRefused(path, ['0', '60', ''], 'a Prometheus duration such as 30s, 5m or 1h30m');
      expectRefused(path, ['365d1s', '2y'], 'at most 1y');
      expectRefused(path, ['1500ms', '1ms'], 'whole seconds');
      expectRefused(path, [60, null, ['1m']], 'a duration such as 30s, 5m or 1h30m');
    },
  );

  it.each(['for', 'keepFiringFor'])('of an alert may be nothing: %s', (name) => {
    expect(read(`alerts.GatewayDown.${name}`, '0s')).toBe('0s');
    expectRefused(`alerts.GatewayDown.${name}`, ['1y1s'], 'at most 1y');
  });
});

const RESERVED = ['alertname', 'severity', 'signal', 'relay', 'job', 'instance', 'le', '__name__'];

describe('a label name', () => {
  it.each(['labels', 'externalLabels', 'alerts.GatewayDown.labels'])(
    'is one that Prometheus takes and the rules do not use: %s',
    (path) => {
      const of = (name: string) => refusals(path, { [name]: 'x' });
      for (const name of ['a', '_a', 'A_9', 'team', 'les', 'jobs']) expect(of(name)).toEqual([]);
      for (const name of RESERVED)
        expect(of(name)).toEqual([
          `site.yaml: ${path}.${name}: found "${name}", which the rules use themselves; expected another label`,
        ]);
      for (const name of ['9a', 'data-centre', 'Zürich', 'a b', ' a', 'a.', ''])
        expect(of(name)).toContain(
          `site.yaml: ${path}.${name}: found "${name}", expected a Prometheus label name: letters, digits and _, no digit first`,
        );
      for (const name of ['__', '__meta'])
        expect(of(name)).toEqual([
          `site.yaml: ${path}.${name}: found "${name}", expected a label that Prometheus keeps: none that begins with __`,
        ]);
    },
  );

  it('of groupBy follows the same rules', () => {
    for (const name of RESERVED) expect(refusals('groupBy', [name])).toHaveLength(1);
    expect(read('groupBy', ['cluster', 'namespace'])).toEqual(['cluster', 'namespace']);
    expect(refusals('groupBy', [7])).toEqual(['site.yaml: groupBy.0: found 7, expected a label name']);
  });
});

describe('a mapping', () => {
  it.each([
    ['labels', 'label names with values'],
    ['externalLabels', 'label names with values'],
    ['alerts', 'alert names with settings'],
    ['alerts.GatewayDown', 'a mapping of keys'],
    ['alerts.GatewayDown.labels', 'label names with values'],
    ['alerts.GatewayDown.annotations', 'annotation names with values'],
    ['kubernetes', 'a mapping of keys'],
    ['kubernetes.labels', 'labels with values'],
    ['kubernetes.gateway.selector', 'labels with values'],
    ['thresholds.pushWait', 'a mapping of keys'],
  ])('is no text, list or number: %s', (path, expected) => {
    expectRefused(path, ['x', ['x'], 1, null], expected);
  });
});

describe('a text for Prometheus', () => {
  it('may be a template in labels and annotations of alerts, and is checked as one', () => {
    for (const path of ['labels', 'alerts.GatewayDown.labels', 'alerts.GatewayDown.annotations']) {
      expect(read(path, { team: '{{ $labels.cluster }}' })).toEqual({ team: '{{ $labels.cluster }}' });
      expectRefused(
        `${path}.team`,
        ['{{ $labels.cluster'],
        'a text or a template that Prometheus takes: this one has an unmatched {{ or }}',
      );
      expectRefused(`${path}.team`, [7, true, null], 'a text');
    }
  });

  it('is no template in external labels', () => {
    expect(read('externalLabels', { site: '{{' })).toEqual({ site: '{{' });
    expectRefused('externalLabels.site', [7], 'a text');
  });

  it('has an annotation name of letters, digits and _', () => {
    const path = 'alerts.GatewayDown.annotations';
    const own = { runbook_url: 'https://wiki.example', __x: 'a', severity: 'b', A9: '' };
    expect(read(path, own)).toEqual(own);
    for (const name of ['9a', 'run-book', 'a b', ''])
      expect(refusals(path, { [name]: 'x' })).toEqual([
        `site.yaml: ${path}.${name}: found "${name}", expected a name of letters, digits and _, with no digit first`,
      ]);
  });
});

/** What settings take as it is, and what they refuse with which words. */
const TEXTS: readonly (readonly [
  path: string,
  accepted: readonly string[],
  refused: Readonly<Record<string, readonly unknown[]>>,
])[] = [
  [
    'links.runbooks',
    ['http://wiki', 'https://wiki:8443', 'https://wiki.example/a/b', 'https://user@wiki/~x'],
    {
      'an http or https URL without ? and #': [
        ...['', 'wiki', 'ftp://wiki', 'https://', 'https:///a', 'https://?a', 'https://#a', 'https:/wiki'],
        ...['https://wiki/?a', 'https://wiki#a', 'https://wi ki', 'https://wiki/a b', ' https://wiki'],
      ],
      'an http or https URL': [1, null],
    },
  ],
  ['jobs.gateway', ['gw-.+'], { 'a regular expression': [7, null] }],
  ['commands.prometheus', ['http://localhost:9090'], { 'an http or https URL': [9090] }],
  [
    'contacts.gateway',
    ['SRE', 'Ada, +49 30 1234, [page](https://p.example)'],
    {
      'one line': ['Ada\nBob', 'Ada\n', 'Ada\tBob'],
      'a name, a phone number or a link': [' ', '   '],
      'a text, such as a name, a phone number or a link': [7, ['Ada']],
    },
  ],
  [
    'commands.secretFile',
    ['/etc/gateway/secret', '~/my secret'],
    { 'one line': ['', '/a\n', '\n/a'], 'the path of a file': [1] },
  ],
  ['commands.stateFile', ['/a b'], { 'one line': ['', '/a\n', '\t/a'], 'the path of a file': [false] }],
  ['datasource.uid', ['x', '${ds}'], { 'the uid of a Grafana data source': ['', 7] }],
  [
    'alerts.GatewayDown.disabled',
    ['0123456789'],
    {
      'a reason of at least 10 characters': ['', '012345678', '012345678     '],
      'the reason why the alert is disabled': [true, null],
    },
  ],
  [
    'folder',
    ['Gateway', 'G', 'Gateway (new), Zürich & co.'],
    {
      'the title of a folder: one line without / and \\': [
        ...['', ' ', ' a', 'a ', 'a/b', '/', 'a\\b', 'a\nb', 'a\n'],
      ],
      'the title of a folder': [1],
    },
  ],
  [
    'grafanaProvisioning.dashboards',
    ['/a', '/srv/my dashboards'],
    { 'an absolute path': ['', '/', 'a/b', './a', '/a\n', '/a\tb', 7] },
  ],
  [
    'mimir.namespace',
    ['a', 'Team-1_x.y'],
    { 'a name of letters, digits, -, _ and .': ['', 'a b', 'a/b', 'a!', '!a'], 'a name': [1] },
  ],
];

const LABEL_63 = `a${'-'.repeat(61)}z`;
const NAME_OF_KUBERNETES =
  'a name of Kubernetes: at most 63 lower-case letters, digits and -, with a letter or digit at both ends';

const KUBERNETES: typeof TEXTS = [
  ...['kubernetes.namespace', 'kubernetes.gateway.namespace', 'kubernetes.exporter.namespace'].map(
    (path) =>
      [
        path,
        ['a', '9', 'a-b', LABEL_63],
        {
          [NAME_OF_KUBERNETES]: ['', '-a', 'a-', 'A', 'a_b', 'a.b', `${LABEL_63}z`, 'a\n', 'ab cd'],
          'a name of Kubernetes': [1],
        },
      ] as const,
  ),
  ['kubernetes.namePrefix', ['gw', LABEL_63], { [NAME_OF_KUBERNETES]: ['Gw', `${LABEL_63}z`, ''] }],
  ...['kubernetes.gateway.port', 'kubernetes.exporter.port'].map(
    (path) =>
      [
        path,
        ['m', '9090', 'http-metrics', LABEL_63],
        {
          'the name of a port, such as metrics': ['', '-a', 'a-', 'Metrics', 'a_b', `${LABEL_63}z`, 'a b'],
          'the name of a port': [9090],
        },
      ] as const,
  ),
];

describe('a text', () => {
  it.each([...TEXTS, ...KUBERNETES])(
    'is taken as it is, or refused with its reason: %s',
    (path, accepted, refused) => {
      for (const value of accepted) expect(read(path, value)).toBe(value.trim());
      for (const [expected, values] of Object.entries(refused)) expectRefused(path, values, expected);
    },
  );

  it('loses what has no meaning: spaces around a contact, slashes at the end of an address', () => {
    expect(read('contacts.workers', '  Ada Bob ')).toBe('Ada Bob');
    expect(read('links.dashboards', 'https://grafana.example/a//')).toBe('https://grafana.example/a');
    expect(read('links.dashboards', 'https://grafana.example/')).toBe('https://grafana.example');
  });

  it('is shortened in a message from 81 characters on, quotes included', () => {
    expect(foundText('x'.repeat(78))).toBe(`found "${'x'.repeat(78)}"`);
    expect(foundText('x'.repeat(79))).toBe(`found "${'x'.repeat(76)}...`);
  });
});

describe('labels of Kubernetes', () => {
  it.each(['kubernetes.labels', 'kubernetes.gateway.selector', 'kubernetes.exporter.selector'])(
    'have keys and values that Kubernetes takes: %s',
    (path) => {
      const PART_63 = `A${'_'.repeat(61)}9`;
      const label = 'a label of Kubernetes such as release or app.kubernetes.io/name';
      const value =
        'a value of a label of Kubernetes: at most 63 letters, digits, -, _ and ., with a letter or digit at both ends';
      const prefix253 = `${'a'.repeat(125)}.${'b'.repeat(127)}`;
      const good = ['release', 'a', 'A.b_c-9', PART_63, 'app.kubernetes.io/name', 'a-b/c', `${prefix253}/a`];
      for (const key of good) expect(read(path, { [key]: 'x' })).toEqual({ [key]: 'x' });
      for (const key of [
        ...['', '-a', 'a-', '_a', 'a b', 'ä', `${PART_63}9`, 'a/', '/a', 'a/b/c', 'A/b', '-a/b', 'a-/b'],
        ...['a..b/c', '.a/b', 'a./b', 'a_b/c', `${prefix253}b/a`, 'a.-b/c', 'a.b-/c'],
      ])
        expect(refusals(path, { [key]: 'x' })).toEqual([
          `site.yaml: ${path}.${key}: ${foundText(key)}, expected ${label}`,
        ]);
      for (const text of ['', 'v1.2_x-Y', '9', PART_63]) expect(read(path, { a: text })).toEqual({ a: text });
      expectRefused(`${path}.a`, ['-a', 'a-', '.', 'a b', 'a/b', `${PART_63}9`, 'a\n'], value);
      expectRefused(`${path}.a`, [1, true], 'a text in quotes');
    },
  );

  it('that select have at least one label, and those of objects need none', () => {
    expect(read('kubernetes.labels', {})).toEqual({});
    for (const path of ['kubernetes.gateway.selector', 'kubernetes.exporter.selector'])
      expect(refusals(path, {})).toEqual([
        `site.yaml: ${path}: found {}, which selects everything; expected at least one label`,
      ]);
  });
});

describe('a choice', () => {
  it.each(['escrow', 'watchdog', 'kubernetes.monitors', 'grafanaProvisioning.alertRules'])(
    'of on and off may be a boolean, as YAML 1.1 reads the words: %s',
    (path) => {
      expect(['on', 'off', true, false].map((value) => read(path, value))).toEqual([
        'on',
        'off',
        'on',
        'off',
      ]);
      expectRefused(path, ['yes', 'On', 1, null], 'on or off');
    },
  );

  it.each(['workers.alwaysOn', 'workers.exporterRunsWithWorker'])('of true and false: %s', (path) => {
    expect([true, false].map((value) => read(path, value))).toEqual([true, false]);
    expectRefused(path, ['on', 1, null], 'true or false');
  });

  it('of targets is a list without repetition, in the order of the documentation', () => {
    const all = ['kubernetes', 'grafana-provisioning', 'grafana-v2', 'mimir'];
    expect(read('targets', [...all].reverse())).toEqual(all);
    expect(read('targets', ['mimir', 'kubernetes'])).toEqual(['kubernetes', 'mimir']);
    expect(refusals('targets', ['helm'])).toEqual([
      'site.yaml: targets.0: found "helm", expected one of kubernetes, grafana-provisioning, grafana-v2, mimir',
    ]);
    expectRefused(
      'targets',
      ['mimir', {}],
      'a list of targets: kubernetes, grafana-provisioning, grafana-v2, mimir',
    );
    expectRefused('targets', [['mimir', 'mimir']], 'every target once');
  });

  it('of a severity', () => {
    for (const severity of ['critical', 'warning', 'info'])
      expect(read('alerts.GatewayDown.severity', severity)).toBe(severity);
    expectRefused('alerts.GatewayDown.severity', ['none', 1], 'one of critical, warning, info');
  });
});

describe('a value that JSON cannot hold', () => {
  const circle: Record<string, unknown> = {};
  circle.gateway = circle;
  it.each([
    [Number.POSITIVE_INFINITY, 'found Infinity'],
    [Number.NaN, 'found NaN'],
    [12n, 'found 12'],
    [[12n], 'found ["12"]'],
    [undefined, 'found nothing'],
    [Symbol('x'), 'found nothing'],
    [() => 1, 'found a function'],
    [circle, 'found a value that contains itself'],
  ])('is named in a message: %o', (value, expected) => {
    expect(refusals('rateWindow', value)).toEqual(
      value === undefined
        ? []
        : [`site.yaml: rateWindow: ${expected}, expected a duration such as 30s, 5m or 1h30m`],
    );
    expect(foundText(value)).toBe(expected);
  });
});

describe('a message about an unknown key', () => {
  it.each([
    ['fro', ['severity', 'for', 'labels'], 'for'],
    ['ESCROW', ['escrow', 'labels'], 'escrow'],
    ['ab', ['abcd', 'xy'], 'abcd'],
    // A third of the letters of a longer name may be wrong.
    ['abcdefxyz', ['abcdefghi'], 'abcdefghi'],
  ])('names the closest one: %s', (name, known, closest) => {
    expect(suggestion(name, known)).toBe(`, did you mean "${closest}"?`);
  });

  it.each([
    ['abc', ['xyz']],
    ['a', ['abcd']],
    ['abcdewxyz', ['abcdefghi']],
    ['abc', []],
  ])('names none that is far away: %s', (name, known) => {
    expect(suggestion(name, known)).toBe('');
  });

  it('lists the keys of its section, however deep it is', () => {
    expect(refusals('kubernetes.exporter.prot', 'x')).toEqual([
      'site.yaml: kubernetes.exporter.prot: unknown key, did you mean "port"?; expected one of namespace, selector, port',
    ]);
  });

  it('names the file, or "configuration" where there is none', () => {
    expect(() => parseConfig({ workers: { x: 1 } })).toThrow(
      'configuration: workers.x: unknown key; expected one of alwaysOn, exporterRunsWithWorker',
    );
    const error = new ConfigError('a.yaml', []);
    expect(error.name).toBe('ConfigError');
  });
});

describe('a site', () => {
  const site = (config: unknown) => siteOf(parseConfig(config));

  it.each([
    ['gateway', 'job="gateway"'],
    ['my gateway/1:a-b_c', 'job="my gateway/1:a-b_c"'],
    ['gw-.+', 'job=~"gw-.+"'],
    ['gw.prod', 'job=~"gw.prod"'],
    ['a|b', 'job=~"a|b"'],
    ['gw*', 'job=~"gw*"'],
    ['(gw)', 'job=~"(gw)"'],
  ])('selects its gateways by name or by pattern: %s', (job, matcher) => {
    expect(site({ jobs: { gateway: job } }).gateway.text).toBe(matcher);
    expect(site({ jobs: { exporter: job } }).exporter.text).toBe(matcher);
  });

  it('groups by its own labels first', () => {
    expect(site({ groupBy: ['cluster', 'zone'] }).by('relay', 'kind').text).toBe(
      'cluster, zone, relay, kind',
    );
    expect(site({}).by('relay').text).toBe('relay');
    expect(site({}).by().text).toBe('');
  });

  it.each([
    ['15s', '6m30s'],
    ['30s', '7m'],
    ['1m', '8m'],
  ])('looks for a push six minutes and two scrapes back: %s', (scrapeInterval, window) => {
    expect(site({ scrapeInterval }).pushWindow).toBe(window);
  });

  it('takes shares of a time in whole seconds, and never less than an evaluation', () => {
    const { times } = site({ evaluationInterval: '20s' });
    expect(times(duration('10m'), 0.5)).toBe('5m');
    expect(times(duration('10m'), 2)).toBe('20m');
    expect(times(duration('25s'), 0.5)).toBe('20s');
    expect(times(duration('41s'), 0.5)).toBe('21s');
    expect(times(duration('1m'), 0.505)).toBe('30s');
  });

  it('remembers an hour, in the closed window of every Prometheus', () => {
    expect(site({}).memory).toBe('1h1ms');
    expect(site({ rateWindow: '6m' }).rateWindow).toBe('6m');
  });
});
