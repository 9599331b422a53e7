import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Site } from '../../src/model/site.js';
import { packageRoot } from '../../src/package/root.js';
import { version } from '../../src/package/version.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { duration, durationSeconds } from '../../src/promql/duration.js';
import { renderBundle } from '../../src/renderers/index.js';
import { OutputError } from '../../src/renderers/output-folder.js';
import { SITE_SETTINGS } from '../../src/renderers/site-settings.js';
import { contentsOf } from '../../src/report/contents.js';
import { EVIDENCE, evaluatedPart, evidenceOf, hashOf } from '../../src/report/evidence.js';
import { notificationsOf } from '../../src/report/notifications.js';
import { alertmanagerFile, missingPictures, writeReport } from '../../src/report/report.js';
import {
  alternatives,
  changesBetween,
  leaves,
  measureSettings,
  type Setting,
} from '../../src/report/settings.js';
import { measuredWeek, WEEK_RESULT } from '../../src/report/week.js';
import { SideError } from '../../src/rule-files/side.js';
import { detection } from '../../src/simulator/detection.js';
import { alert, bundle, page, panel, raw, record } from '../checks/bundle-fixture.js';

const folder = temporaryFolder('report-contents');
afterAll(() => folder.remove());

const RECORD = 'relay:gateway_pending_writes:max';
const small = bundle();
const leavesAt = (...paths: string[]) => leaves().filter(({ path }) => paths.includes(path.join('.')));

describe('the settings that are measured', () => {
  it('are the leaves of the configuration that can move a rule or a dashboard', () => {
    const paths = leaves().map(({ path }) => path.join('.'));
    expect(paths.slice(0, 10)).toEqual([
      ...['jobs.gateway', 'jobs.exporter', 'groupBy', 'externalLabels', 'scrapeInterval'],
      ...['evaluationInterval', 'rateWindow', 'datasource.uid', 'links.runbooks', 'links.operatorRunbook'],
    ]);
    expect(paths.slice(-2)).toEqual(['thresholds.objective.clearedWithin', 'thresholds.objective.target']);
    for (const other of ['alerts', 'targets', 'folder', 'kubernetes', 'grafanaProvisioning', 'mimir'])
      expect(paths.filter((path) => path.split('.')[0] === other)).toEqual([]);
    expect(leavesAt('rateWindow')[0]?.meaning).toBe(
      'Window of rates and increases; at least four scrape intervals.',
    );
  });

  it.each([
    ['links.runbooks', undefined, ['https://example.org/elsewhere']],
    ['links.dashboards', 'https://example.org', ['https://example.org/elsewhere']],
    ['commands.prometheus', undefined, ['https://example.org/elsewhere']],
    ['contacts.workers', undefined, ['https://example.org/elsewhere']],
    ['commands.prometheus', 'the address', ['the address-elsewhere']],
    ['contacts.workers', 'a team', ['a team-elsewhere']],
    ['escrow', true, [false]],
    ['escrow', false, [true]],
    ['watchdog', 'on', ['off']],
    ['watchdog', 'off', ['on']],
    ['groupBy', ['a'], [['a', 'site']]],
    ['labels', undefined, [{ example: 'elsewhere' }]],
    ['labels', { team: 'x' }, [{ team: 'x', example: 'elsewhere' }]],
    ['thresholds.x', '10m', ['20m', '15m', '12m30s', '7m30s', '5m', '9m']],
    ['thresholds.x', '1s', ['2s', '2s', '1s', '1s', '1s', '1s']],
    ['jobs.gateway', 'gateway', ['gateway-elsewhere']],
  ] as const)('have other values: %s %o', (path, value, expected) => {
    expect(alternatives(path.split('.'), value)).toEqual(expected);
  });

  it('that are numbers are scaled, or become bounds of the histogram of push waits', () => {
    const others = alternatives(['thresholds', 'pushWait', 'slowShare'], 0.3);
    expect(others.slice(0, 7)).toEqual([0.6, 0.45, 0.375, 0.225, 0.15, 0.27, 0.95]);
    expect(others).toContain(600);
    // Four decimals; never the value itself.
    expect(alternatives(['x'], 0.3333)[2]).toBe(0.4166);
    expect(alternatives(['x'], 0.95)).not.toContain(0.95);
  });

  it('are changed alone, and everything that moves is named', () => {
    const watched = [
      alert({
        expr: (site) => raw(`${RECORD} > ${site.thresholds.pushWait.slowShare}`),
        for: (site) => site.thresholds.pendingWrites.warningAfter,
      }),
    ];
    const measured = measureSettings(
      bundle({ alerts: watched, config: { labels: { team: 'x' } } }),
      leavesAt(
        'groupBy',
        'thresholds.pushWait.slowShare',
        'thresholds.pendingWrites.warningAfter',
        'thresholds.objective.target',
      ),
    );
    const setting = (path: string) => measured.find((one) => one.path === path);
    expect(setting('groupBy')).toEqual({
      path: 'groupBy',
      meaning: expect.stringMatching(/^Labels that distinguish installations/),
      value: '[]',
      tried: '["site"]',
      alerts: [{ alert: 'GatewayTestFiring', parts: ['links'] }],
      records: [RECORD],
      panels: [],
      files: expect.any(Number),
    });
    expect(setting('groupBy')?.files).toBeGreaterThan(1);
    expect(setting('thresholds.pushWait.slowShare')).toMatchObject({
      alerts: [{ alert: 'GatewayTestFiring', parts: ['expression'] }],
      records: [],
      panels: [],
    });
    expect(setting('thresholds.pendingWrites.warningAfter')).toMatchObject({
      alerts: [{ alert: 'GatewayTestFiring', parts: ['for'] }],
      records: [],
    });
    // No rule of this bundle reads it.
    expect(setting('thresholds.objective.target')).toMatchObject({ alerts: [], records: [], panels: [] });
  });
});

describe('a setting', () => {
  const measured = (parts: Parameters<typeof bundle>[0], ...paths: readonly string[]) =>
    measureSettings(bundle(parts), leavesAt(...paths))[0];
  const LEASE = 'thresholds.leaseExpiry.leaseDuration';
  /** Moves only where the lease is less than the 10 minutes of the default, which the fourth value is. */
  const moving = (site: Site) =>
    raw(durationSeconds(site.thresholds.leaseExpiry.leaseDuration) < 600 ? 'up == 0' : 'up == 1');
  const four = [1, 2, 3, 4];

  it('that only limits others moves nothing, and has the first value that is allowed', () => {
    expect(measured({}, LEASE)).toMatchObject({
      tried: '"20m"',
      alerts: [],
      records: [],
      panels: [],
      files: 0,
    });
  });

  it.each<[string, Parameters<typeof bundle>[0], object]>([
    [
      'an alert',
      { alerts: [alert({ expr: moving })] },
      { alerts: [{ alert: 'GatewayTestFiring', parts: ['expression'] }] },
    ],
    [
      'records alone',
      { records: four.map((n) => record({ record: `relay:r${n}:max`, expr: moving })) },
      { records: four.map((n) => `relay:r${n}:max`), alerts: [], panels: [] },
    ],
    [
      'panels alone',
      { panels: four.map((id) => panel({ id, queries: [{ expr: moving }] })) },
      { panels: four.map((id) => `test/${id}`), alerts: [], records: [] },
    ],
  ])('has the first value that moves something: %s', (_, parts, moves) => {
    expect(measured(parts, LEASE)).toMatchObject({ tried: '"7m30s"', ...moves });
  });

  it('for which no other value is allowed has none, and moves nothing', () => {
    const path = ['thresholds', 'nothing'];
    expect(measureSettings(small, [{ path, meaning: 'M.' }])).toEqual([
      {
        path: 'thresholds.nothing',
        meaning: 'M.',
        value: undefined,
        tried: undefined,
        alerts: [],
        records: [],
        panels: [],
        files: 0,
      },
    ]);
  });
});

describe('what differs between two bundles', () => {
  const movedBy = (parts: Parameters<typeof bundle>[0]) => {
    const { files, ...rest } = changesBetween(small, bundle(parts));
    expect(files).toBeGreaterThan(0);
    return rest;
  };
  const changed = (changes: Parameters<typeof alert>[0]) => movedBy({ alerts: [alert(changes)] }).alerts;

  it('is nothing where they are the same', () => {
    expect(changesBetween(small, bundle())).toEqual({ alerts: [], records: [], panels: [], files: 0 });
  });

  it.each([
    ['expression', { expr: () => raw(`${RECORD} == 2`) }],
    ['for', { for: () => duration('9m') }],
    ['keep firing for', { keepFiringFor: () => duration('9m') }],
    ['texts', { summary: 'Another summary.' }],
    ['texts', { description: 'Another description that is long enough to say what to do.' }],
  ] as const)('is the part of an alert that moved: %s', (part, changes) => {
    expect(changed(changes)).toEqual([{ alert: 'GatewayTestFiring', parts: [part] }]);
  });

  it('is the severity together with the labels, which have it', () => {
    expect(changed({ severity: 'critical' })).toEqual([
      { alert: 'GatewayTestFiring', parts: ['severity', 'labels'] },
    ]);
  });

  it('is every part of an alert that is gone', () => {
    expect(movedBy({ alerts: [alert({ alert: 'GatewayOther' })] }).alerts).toEqual([
      {
        alert: 'GatewayTestFiring',
        parts: ['expression', 'for', 'keep firing for', 'severity', 'labels', 'texts', 'links'],
      },
    ]);
  });

  it('is a recording rule with another expression, and a panel with another query or other thresholds', () => {
    expect(movedBy({ records: [record({ expr: () => raw('up') })] })).toEqual({
      alerts: [],
      records: [RECORD],
      panels: [],
    });
    for (const changes of [
      { queries: [{ expr: () => raw('up'), legend: 'x' }] },
      { thresholds: () => [{ from: 1, color: 'red' as const }] },
    ] as never[])
      expect(movedBy({ panels: [panel(changes)] })).toEqual({ alerts: [], records: [], panels: ['test/1'] });
    const from = (value: number) =>
      bundle({ panels: [panel({ thresholds: () => [{ from: value, color: 'red' }] } as never)] });
    expect(changesBetween(from(1), from(2)).panels).toEqual(['test/1']);
  });

  it('is each generated file that has another text, except for documents and the record of the settings', () => {
    const other = bundle({
      alerts: [alert({ description: 'Another description that is long enough to say what to do.' })],
      config: { labels: { team: 'x' } },
    });
    const before = new Map(renderBundle(small, detection()).map(({ path, content }) => [path, content]));
    const changed = renderBundle(other, detection())
      .filter(({ path, content }) => before.get(path) !== content)
      .map(({ path }) => path);
    const uncounted = changed.filter((path) => path.startsWith('docs/') || path === SITE_SETTINGS);
    expect(uncounted.length).toBeGreaterThan(1);
    expect(changesBetween(small, other).files).toBe(changed.length - uncounted.length);
  });
});

describe('the contents of the report', () => {
  const setting = (path: string, more: Partial<Setting> = {}): Setting => ({
    path,
    meaning: 'M.',
    value: '1',
    tried: '2',
    alerts: [],
    records: [],
    panels: [],
    files: 1,
    ...more,
  });
  const part = (...parts: string[]) => ({ alerts: [{ alert: 'GatewayTestFiring', parts }] });
  const unknown = { known: false, why: 'No tests.' } as const;
  const noWeek = { known: false, why: 'No week.' } as const;
  const contents = (more: object = {}, of = small) =>
    contentsOf(of, { settings: [], evidence: unknown, week: noWeek, pictures: [], ...more });

  it('name each alert with its panel and its settings, thresholds first', () => {
    const [only, ...others] = contents({
      settings: [
        setting('rateWindow', { records: [RECORD, 'another'] }),
        setting('labels', part('labels', 'links')),
        setting('texts', part('links', 'texts')),
        setting('thresholds.a', part('texts', 'for')),
        setting('unrelated', { records: ['another'] }),
        setting('thresholds.b', part('for')),
        setting('severity', part('labels', 'severity')),
      ],
    }).alerts;
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      detections: [],
      cases: undefined,
      mutants: undefined,
      panel: 'Test / Which relays are pending?',
      inhibits: [],
    });
    expect(only?.settings.map(({ setting: { path }, through }) => [path, through])).toEqual([
      ['thresholds.a', []],
      ['thresholds.b', []],
      ['rateWindow', [RECORD]],
      ['texts', []],
      ['severity', []],
    ]);
  });

  it('name of each alert only what is its own', () => {
    const parts = {
      alerts: [
        alert({ alert: 'GatewayFirst', expr: () => raw('up == 0') }),
        alert({ alert: 'GatewaySecond', dashboard: { uid: 'test', panel: 2 } }),
        alert({ alert: 'GatewayThird', dashboard: { uid: 'none', panel: 9 } }),
      ],
      panels: [panel(), panel({ id: 2, title: 'Second?' })],
    };
    const settings = [
      setting('direct', { alerts: [{ alert: 'GatewayFirst', parts: ['for'] }] }),
      setting('through', { records: [RECORD] }),
    ];
    const { alerts } = contents({ settings }, bundle(parts));
    expect(
      alerts.map(({ rule, panel: title, settings: own }) => [
        rule.alert,
        title,
        own.map(({ setting: { path }, through }) => `${path} ${through.join()}`),
      ]),
    ).toEqual([
      ['GatewayFirst', 'Test / Which relays are pending?', ['direct ']],
      ['GatewaySecond', 'Test / Second?', [`through ${RECORD}`]],
      ['GatewayThird', undefined, [`through ${RECORD}`]],
    ]);
  });

  it('name the alerts that a setting moves only through a recording rule', () => {
    const { settings } = contents({
      settings: [
        setting('through', { records: [RECORD], ...part('texts', 'links', 'labels') }),
        setting('direct', { records: [RECORD], ...part('expression') }),
        setting('mixed', { records: [RECORD], ...part('labels', 'expression') }),
        setting('none', { records: ['another'] }),
      ],
    });
    expect(settings.map(({ path, through }) => [path, through])).toEqual([
      ['through', [{ alert: 'GatewayTestFiring', records: [RECORD] }]],
      ['direct', []],
      ['mixed', []],
      ['none', []],
    ]);
  });

  it('name what reads a recording rule, and what that reads', () => {
    expect(contents().records).toMatchObject([
      {
        reads: ['gateway_pending_writes'],
        alerts: ['GatewayTestFiring'],
        records: [],
        panels: ['test/1'],
        cases: undefined,
        mutants: undefined,
      },
    ]);
    const records = [
      record({ expr: () => raw(`gateway_pending_writes or last_over_time(${RECORD}[1h])`) }),
      record({ record: 'relay:next:max', expr: () => raw(`max(${RECORD})`) }),
      record({ record: 'relay:broken:max', expr: () => raw('sum(') }),
    ];
    expect(contents({}, bundle({ records })).records).toMatchObject([
      { reads: ['gateway_pending_writes', RECORD], records: ['relay:next:max'] },
      { reads: [RECORD], records: [] },
      { reads: [], records: [], alerts: [], panels: [] },
    ]);
  });

  it('have no tests of what a team added, and state that', () => {
    const one = { rule: 'OwnFiring', name: 'fires', aspects: ['fires'] };
    const evidence = { known: true, cases: [one], mutants: new Map() };
    const own = { alerts: [alert({ alert: 'OwnFiring' })], pages: { OwnFiring: () => page } };
    const { alerts, unknown: lines } = contents({ evidence }, bundle({ own }));
    expect(alerts.map(({ rule, cases }) => [rule.alert, cases])).toEqual([
      ['GatewayTestFiring', []],
      ['OwnFiring', undefined],
    ]);
    expect(lines).toEqual([
      'Tests of the rules in own.ts are not listed: the report knows those of this package.',
      'No week.',
    ]);
  });

  it('have the tests and mutants of each rule', () => {
    const one = { name: 'fires', aspects: ['fires'] };
    const of = (rule: string, mutants: number) => [rule, { mutants, equivalent: 0, proven: true }] as const;
    const evidence = {
      known: true,
      cases: [
        { rule: 'GatewayTestFiring', ...one },
        { rule: RECORD, ...one },
        { rule: 'another', ...one },
      ],
      mutants: new Map([of('GatewayTestFiring', 3), of(RECORD, 4)]),
    };
    const { alerts, records } = contents({ evidence });
    expect(alerts).toMatchObject([
      { cases: [{ rule: 'GatewayTestFiring', ...one }], mutants: { mutants: 3 } },
    ]);
    expect(alerts[0]?.cases).toHaveLength(1);
    expect(records).toMatchObject([{ cases: [{ rule: RECORD, ...one }], mutants: { mutants: 4 } }]);
  });

  it('have when an alert fires in the scenarios', () => {
    const [stuck] = contents({}, bundle({ alerts: [alert({ alert: 'GatewayPendingWritesStuck' })] })).alerts;
    expect(stuck?.detections).toContainEqual({
      scenario: 'a worker hangs in its first job',
      detectableFrom: '22m',
      by: '24m',
      delay: '2m',
    });
  });

  it('have when it fires at the latest where a scenario requires that very alert', () => {
    const detectionsOf = (name: string) =>
      contents({}, bundle({ alerts: [alert({ alert: name })] })).alerts[0]?.detections ?? [];
    expect(detectionsOf('PendingWritesStateFileUnreadable')).toContainEqual({
      scenario: 'a state file is spliced and stays so for hours',
      detectableFrom: '10m',
      by: '21m',
      delay: '11m',
    });
    // Another alert may fire in its place.
    expect(detectionsOf('GatewayPendingWritesNotPushed').map(({ scenario }) => scenario)).not.toContain(
      'a registration is lost in a host outage, where workers are always on',
    );
    expect(detectionsOf('PendingWritesExporterDown')).toContainEqual({
      scenario: 'the exporter stops while its worker goes on',
      by: '25m30s',
    });
  });

  it('put each picture to its dashboard', () => {
    const pictures = [{ uid: 'test' }, { uid: 'another' }];
    expect(contents({ pictures }).dashboards.map((one) => one.pictures)).toEqual([[{ uid: 'test' }]]);
  });

  it('name what is not known', () => {
    const known = {
      evidence: { known: true, cases: [], mutants: new Map() },
      week: { known: true, week: { alerts: [] }, isCurrent: true },
    };
    expect(contents(known)).toMatchObject({ version, config: undefined, unknown: [] });
    expect(contents({ config: 'site.yaml', picturesMissing: 'No pictures.' })).toMatchObject({
      config: 'site.yaml',
      unknown: [
        'No tests.',
        'No week.',
        'No pictures.',
        expect.stringMatching(/^Detection times, .* this site’s settings were not simulated\.$/),
      ],
    });
  });
});

describe('the notifications of the report', () => {
  const notified = (text?: string, parts: Parameters<typeof bundle>[0] = {}) =>
    notificationsOf(bundle(parts), text === undefined ? undefined : { path: 'am.yml', text });
  const routes = (...matchers: string[]) =>
    `route: {receiver: all, routes: [{matchers: [${matchers.map((one) => `'${one}'`).join(', ')}], receiver: chosen}]}
receivers: [{name: all}, {name: chosen}]
`;
  const receivers = (text: string, parts?: Parameters<typeof bundle>[0]) =>
    notified(text, parts).alerts[0]?.routings.map((one) => one.receivers);

  it('are those of the generated example, or of the site', () => {
    expect(notified().file).toBeUndefined();
    expect(notified().alerts[0]).toMatchObject({
      rule: { alert: 'GatewayTestFiring' },
      routings: [{ receivers: 'gateway-tickets' }],
      inhibitedBy: [],
    });
    expect(notified(routes('severity="warning"'))).toMatchObject({
      file: 'am.yml',
      alerts: [{ routings: [{ receivers: 'chosen' }] }],
    });
  });

  it.each([
    ['a label of the rule', 'severity="critical"', ['all']],
    ['its name', 'alertname="GatewayTestFiring"', ['chosen']],
    ['its signal', 'signal="pending-writes"', ['chosen']],
    ['a job, which it does not carry', 'job=""', ['chosen']],
    ['a label that it carries, which has some value', 'relay!=""', ['chosen']],
    ['a label of the contract that it does not carry, which is empty', 'instance=""', ['chosen']],
    ['a label that only the site knows', 'team="x"', ['chosen', 'all']],
  ])('depend on %s', (_, matcher, expected) => {
    expect(receivers(routes(matcher))).toEqual(expected);
  });

  it('know the labels that distinguish installations, except in alerts without them', () => {
    const config = { groupBy: ['site'] };
    expect(receivers(routes('site!=""'), { config })).toEqual(['chosen']);
    expect(
      receivers(routes('site!=""'), { config, alerts: [alert({ withoutSiteLabels: true })] }),
    ).not.toEqual(['chosen']);
  });

  it('name what inhibits an alert', () => {
    const text = `route: {receiver: all}
receivers: [{name: all}]
inhibit_rules: [{source_matchers: ['alertname="GatewayOther"'], target_matchers: ['alertname="GatewayTestFiring"'], equal: [relay]}]
`;
    const alerts = [alert(), alert({ alert: 'GatewayOther' })];
    expect(notified(text, { alerts }).alerts.map(({ inhibitedBy }) => inhibitedBy)).toEqual([
      ['GatewayOther with the same relay'],
      [],
    ]);
    // Prometheus adds a label that no rule knows to all alerts alike, so it is always the same.
    const external = text.replace('[relay]', '[relay, cluster]');
    expect(notified(external, { alerts }).alerts[0]?.inhibitedBy).toEqual([
      'GatewayOther with the same relay',
    ]);
  });

  it('are refused with a configuration that Alertmanager refuses', () => {
    expect(() => notified('route: {receiver: none}\nreceivers: [{name: all}]\n')).toThrow(SideError);
  });
});

describe('the evidence of the report', () => {
  it('compares what Prometheus evaluates of a rule', () => {
    const rule = { alert: 'A', expr: 'up  ==\n 1 # why', for: '5m', labels: {}, annotations: {} };
    expect(evaluatedPart(rule as never)).toEqual(['up == 1', '5m', '']);
    expect(evaluatedPart({ ...rule, for: undefined, keep_firing_for: '1m' } as never)).toEqual([
      'up == 1',
      '',
      '1m',
    ]);
    expect(hashOf(rule as never)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(rule as never)).toBe(hashOf({ ...rule, expr: 'up == 1' } as never));
    expect(hashOf(rule as never)).not.toBe(hashOf({ ...rule, for: '6m' } as never));
  });

  it('is unknown without its file, and calls no rule proven that has changed', () => {
    expect(evidenceOf(folder.path)).toEqual({ known: false, why: expect.stringMatching(/^No data about /) });
    const file = join(folder.path, 'checkout', EVIDENCE);
    mkdirSync(dirname(file), { recursive: true });
    const real = JSON.parse(readFileSync(join(packageRoot, EVIDENCE), 'utf8')) as {
      rule: string;
      hash: string;
    }[];
    const [first, second] = real;
    const counts = { mutants: 3, equivalent: 1, proven: true, cases: [{ name: 'n', aspects: ['fires'] }] };
    const entries = [
      { rule: first?.rule, hash: first?.hash, ...counts },
      { rule: second?.rule, hash: 'another rule', ...counts, cases: [] },
      { rule: 'third', hash: first?.hash, ...counts, proven: false, cases: [] },
    ];
    writeFileSync(file, JSON.stringify(entries));
    const read = evidenceOf(join(folder.path, 'checkout'));
    if (!read.known) throw new Error(read.why);
    expect(read.cases).toEqual([{ rule: first?.rule, name: 'n', aspects: ['fires'] }]);
    expect([...read.mutants]).toEqual([
      [first?.rule, { mutants: 3, equivalent: 1, proven: true }],
      [second?.rule, { mutants: 3, equivalent: 1, proven: false }],
      ['third', { mutants: 3, equivalent: 1, proven: false }],
    ]);
  });

  it('has the ordinary week, and whether the rules are those that were measured', () => {
    const week = measuredWeek();
    if (!week.known) throw new Error(week.why);
    expect(week.week.alerts.length).toBeGreaterThan(20);
    expect(week.isCurrent).toBe(true);
    const root = join(folder.path, 'of another week');
    expect(measuredWeek(root)).toEqual({ known: false, why: `the measurement ${WEEK_RESULT} is missing.` });
    mkdirSync(dirname(join(root, WEEK_RESULT)), { recursive: true });
    writeFileSync(join(root, WEEK_RESULT), JSON.stringify({ ...week.week, rules: 'others' }));
    expect(measuredWeek(root)).toMatchObject({ known: true, isCurrent: false });
  });
});

describe('the files of the report', () => {
  it('are named when dashboards have no picture', () => {
    expect(missingPictures(undefined, ['a'], [])).toMatch(/^No pictures of the dashboards: none were passed/);
    expect(missingPictures('f', ['a', 'b', 'c'], [{ uid: 'b' }])).toBe(
      'The folder of pictures has none of a, c.',
    );
    expect(missingPictures('f', ['a', 'b', 'c'], [{ uid: 'b' }, { uid: 'a' }])).toBe(
      'The folder of pictures has none of c.',
    );
    expect(missingPictures('f', ['a'], [{ uid: 'a' }])).toBeUndefined();
  });

  it('are read as they are, or refused with their name', () => {
    const file = join(folder.path, 'am.yml');
    writeFileSync(file, 'route: ä\n');
    expect(alertmanagerFile(file)).toEqual({ path: file, text: 'route: ä\n' });
    expect(() => alertmanagerFile(`${file}.gone`)).toThrow(
      new SideError(`${file}.gone: cannot be read (ENOENT), expected a configuration of Alertmanager`),
    );
  });

  it('are written in one step, into a folder that is made, and leave nothing else', () => {
    const out = join(folder.path, 'out', 'report.html');
    writeReport(out, 'one');
    writeReport(out, 'two');
    expect(readFileSync(out, 'utf8')).toBe('two');
    expect(readdirSync(dirname(out))).toEqual(['report.html']);
  });

  it('are refused where they cannot be written, and leave nothing', () => {
    const place = join(folder.path, 'taken');
    mkdirSync(join(place, 'report.html', 'inside'), { recursive: true });
    expect(() => writeReport(join(place, 'report.html'), 'page')).toThrow(OutputError);
    expect(() => writeReport(join(place, 'report.html'), 'page')).toThrow(
      `${join(place, 'report.html')}: cannot be written (EISDIR), expected a file in a folder that can be written`,
    );
    expect(readdirSync(place)).toEqual(['report.html']);
    expect(() => writeReport(join(place, 'no', 'folder', 'r.html'), 'page')).toThrow('(ENOENT)');
  });
});
