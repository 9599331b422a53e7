import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { html } from '../../src/html/markup.js';
import { packageRoot } from '../../src/package/root.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { contentsOf } from '../../src/report/contents.js';
import { EVIDENCE, evidenceOf } from '../../src/report/evidence.js';
import { reportPage } from '../../src/report/page.js';
import { picturesIn } from '../../src/report/pictures.js';
import { measureSettings } from '../../src/report/settings.js';
import { measuredWeek } from '../../src/report/week.js';
import { gatewayObservability } from '../cli/command.js';
import { evidence as recordedEvidence } from '../mutation/evidence.js';
import { ruleCases } from '../rules/cases/index.js';

const folder = temporaryFolder('report');
afterAll(() => folder.remove());

const bundle = buildBundle(parseConfig({}), definitions());
const evidence = evidenceOf();
const week = measuredWeek();
const settings = measureSettings(bundle);
const contents = contentsOf(bundle, { settings, evidence, week, pictures: [] });
const page = reportPage(contents);
const setting = (path: string) => settings.find((one) => one.path === path);

/** The smallest PNG: one transparent pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** The cells of an alert's row in the table with a caption. */
function rowOf(html: string, caption: string, alert: string): string[] {
  const from = html.indexOf(`<caption>${caption}`);
  const body = html.slice(from, html.indexOf('</table>', from));
  const row = body.split('<tr ').find((one) => one.includes(`>${alert}<`)) ?? '';
  return [...row.matchAll(/<t[hd] [^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) =>
    cell.replaceAll('<br>', ' | ').replace(/<[^>]+>/g, ''),
  );
}

describe('who is paged for what', () => {
  const caption = 'Receivers, grouping and inhibition';

  it('has each alert with its receiver, grouping, times, and what inhibits it', () => {
    expect(rowOf(page, caption, 'GatewayPendingWritesStuck')).toEqual([
      'GatewayPendingWritesStuck',
      'critical',
      'gateway-pager',
      'alertname',
      'first after 45s, changes after 5m, repeated after 4h',
      'GatewayMissing',
    ]);
    expect(rowOf(page, caption, 'GatewayReplicaMainPath')[5]).toContain(
      'GatewayReplicaMainPathTooLong with the same relay',
    );
    const { alerts } = contents.notifications;
    expect(alerts.map(({ rule }) => rule.alert)).toEqual(
      bundle.alertGroups.flatMap(({ rules }) => rules.map(({ alert }) => alert)),
    );
  });

  it("follows the site's own configuration, and names what it depends on", () => {
    const text = `route:
  receiver: all
  routes: [{matchers: ['severity="critical"', 'team="sre"'], receiver: sre}]
receivers: [{name: all}, {name: sre}]
`;
    const own = reportPage(
      contentsOf(bundle, { settings, evidence, week, pictures: [], alertmanager: { path: 'am.yml', text } }),
    );
    expect(rowOf(own, caption, 'GatewayPendingWritesStuck')[2]).toBe(
      'sre. This depends on the value of `team`: it is so where team=&quot;sre&quot;. | all. This depends on the value of `team`: it is so where team!=&quot;sre&quot;.',
    );
    expect(rowOf(own, caption, 'GatewayPendingWritesWaiting')[2]).toBe('all');
  });

  it('has the ordinary week, measured with the current rules, or says that it was not measured', () => {
    if (!week.known) {
      expect(page).toContain(week.why);
      return;
    }
    expect(week.isCurrent).toBe(true);
    for (const { alert, episodes, flaps } of week.week.alerts.filter((one) => one.episodes > 0)) {
      expect(rowOf(page, 'Alerts in the ordinary week', alert)).toMatchObject({
        2: String(episodes),
        4: String(flaps),
      });
    }
    expect(week.week.alerts).toHaveLength(contents.alerts.length);
  });
});

describe('the report', () => {
  it('names every alert, recording rule, panel and setting, and each link leads somewhere', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
    const alerts = bundle.alertGroups.flatMap(({ rules }) => rules);
    expect(alerts.filter(({ alert }) => !ids.includes(`alert-${alert}`))).toEqual([]);
    const panels = bundle.dashboards.flatMap(({ definition, rows }) =>
      rows.flatMap((row) => row.panels.map((panel) => `panel-${definition.uid}-${panel.definition.id}`)),
    );
    expect(panels.filter((panel) => !ids.includes(panel))).toEqual([]);
    const records = bundle.recordingGroups.flatMap(({ rules }) => rules);
    expect(ids.filter((id) => id?.startsWith('record-'))).toHaveLength(records.length);
    expect(ids.filter((id) => id?.startsWith('setting-'))).toHaveLength(settings.length);
  });

  it('closes every element that it opens, in order', () => {
    const open: string[] = [];
    const wrong: string[] = [];
    const body = page.slice(page.indexOf('<body>'), page.indexOf('<script>'));
    const empty = new Set(['img', 'source', 'meta', 'br']);
    for (const [tag, slash, name = ''] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (empty.has(name)) continue;
      if (slash === '') open.push(name);
      else if (open.pop() !== name) wrong.push(tag);
    }
    expect(wrong).toEqual([]);
    expect(open).toEqual(['body']);
  });

  it('asks no network for anything', () => {
    expect(page).toContain("default-src 'none'");
    const asked = [...page.matchAll(/\b(?:src|srcset|href|action|poster|data)="([^"]*)"/g)]
      .map(([, address]) => address ?? '')
      .filter((address) => !address.startsWith('#') && !address.startsWith('data:'));
    expect(asked).toEqual([]);
    expect(page).not.toMatch(/@import|url\(/);
  });

  it('is the same page every time', () => {
    const again = { settings: measureSettings(bundle), evidence, week, pictures: [] };
    expect(reportPage(contentsOf(bundle, again))).toBe(page);
  });

  it('shows the tests of every alert and whether its mutants are proven', () => {
    if (!evidence.known) throw new Error(evidence.why);
    for (const { rule, cases, mutants } of contents.alerts) {
      expect(
        cases?.map(({ name }) => name),
        rule.alert,
      ).toEqual(ruleCases.filter((one) => one.rule === rule.alert).map(({ name }) => name));
      expect(mutants?.mutants, rule.alert).toBeGreaterThan(0);
    }
  });

  it('shows the detection times of the scenarios', () => {
    const stuck = contents.alerts.find(({ rule }) => rule.alert === 'GatewayPendingWritesStuck');
    expect(stuck?.detections).toContainEqual({
      scenario: 'a worker hangs in its first job',
      detectableFrom: '22m',
      by: '24m',
      delay: '2m',
    });
  });

  it('reads evidence that is up to date with rules, tests and mutants (npm run evidence)', () => {
    expect(JSON.parse(readFileSync(join(packageRoot, EVIDENCE), 'utf8'))).toEqual(recordedEvidence());
  });

  it('does not call a rule proven that changed since the evidence was written', () => {
    const recorded = recordedEvidence();
    const [first, second] = recorded;
    if (first === undefined || second === undefined) throw new Error('there is no evidence');
    const file = join(folder.path, 'changed', EVIDENCE);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      JSON.stringify([
        { ...first, proven: true },
        { ...second, proven: true, hash: 'another rule' },
      ]),
    );
    const read = evidenceOf(join(folder.path, 'changed'));
    if (!read.known) throw new Error(read.why);
    expect(read.mutants.get(first.rule)?.proven).toBe(true);
    expect(read.mutants.get(second.rule)?.proven).toBe(false);
  });

  it('says what it does not know where tests and pictures are not at hand', () => {
    const none = evidenceOf(folder.path);
    expect(none.known).toBe(false);
    const text = reportPage(
      contentsOf(bundle, { settings, evidence: none, week, pictures: [], picturesMissing: 'No pictures.' }),
    );
    expect(text).toContain('Missing from this report');
    expect(text).toContain('not part of the published package');
    expect(text).toContain('No pictures.');
    expect(text).toContain('not known');
    expect(text).not.toContain('<h4>Tests');
  });

  it('lists who reads a recorded series', () => {
    const pending = contents.records.find(({ rule }) => rule.record === 'relay:gateway_pending_writes:max');
    expect(pending?.alerts).toContain('GatewayPendingWritesForgotten');
    expect(pending?.records).toContain('relay:gateway_pending_writes:start_timestamp_seconds');
    const unread = contents.records.filter(
      ({ alerts, records, panels }) => alerts.length + records.length + panels.length === 0,
    );
    expect(unread.map(({ rule }) => rule.record)).toEqual([]);
  });

  it('keeps what definitions say from becoming markup', () => {
    expect(html`<p title="${'"><script>'}">${'<b>&'}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;</p>',
    );
  });
});

describe('the settings', () => {
  it('are tried with another value that the configuration allows', () => {
    for (const { path, value, tried } of settings) {
      expect(tried, path).toBeDefined();
      expect(tried, path).not.toBe(value);
    }
  });

  it('move what was seen to move and nothing else', () => {
    expect(setting('thresholds.pushWait.failedShare')?.alerts).toEqual([
      { alert: 'GatewayPushesFailing', parts: ['expression'] },
    ]);
    expect(setting('thresholds.workerQueue.disagreeAfter')?.alerts).toEqual([
      { alert: 'WorkerQueuePendingTooLong', parts: ['expression'] },
      { alert: 'WorkerMissedPendingWrites', parts: ['for'] },
      { alert: 'WorkerPendingWritesOrphaned', parts: ['expression', 'for'] },
    ]);
    expect(setting('workers.alwaysOn')?.alerts).toContainEqual({
      alert: 'PendingWritesExporterDown',
      parts: ['severity', 'labels'],
    });
  });

  it('move alerts through the recording rules that these read', () => {
    const slow = contents.settings.find(({ path }) => path === 'thresholds.pushWait.slowSeconds');
    // Its text names the setting.
    expect(slow?.alerts).toEqual([{ alert: 'GatewayPushWaitHigh', parts: ['texts'] }]);
    expect(slow?.through.map(({ alert }) => alert)).toEqual(['GatewayPushWaitHigh']);
  });

  it('are measured at the values of the site', () => {
    const site = buildBundle(parseConfig({ thresholds: { pushWait: { failedShare: 0.25 } } }), definitions());
    const own = measureSettings(site).find(({ path }) => path === 'thresholds.pushWait.failedShare');
    expect(own).toMatchObject({ value: '0.25', tried: '0.5' });
  });
});

describe('pictures', () => {
  const pictures = join(folder.path, 'pictures');
  mkdirSync(pictures);
  for (const name of ['gateway-overview-quiet.png', 'gateway-overview-quiet-dark.png', 'other-quiet.png']) {
    writeFileSync(join(pictures, name), PNG);
  }
  const uids = bundle.dashboards.map(({ definition }) => definition.uid);

  it('are found by the name of their dashboard', () => {
    const found = picturesIn(pictures, uids, 'both').map(({ data: _, ...picture }) => picture);
    const own = { uid: 'gateway-overview', situation: 'quiet', width: 1, height: 1 };
    expect(found).toEqual([
      { ...own, dark: true },
      { ...own, dark: false },
    ]);
  });

  it('are put into the page, and those that are missing are named', async () => {
    const out = join(folder.path, 'out', 'report.html');
    const site = join(folder.path, 'site.yaml');
    writeFileSync(site, 'thresholds: { pushWait: { failedShare: 0.25 } }\n');
    const alertmanager = join(folder.path, 'am.yml');
    writeFileSync(alertmanager, 'route: {receiver: own-pager}\nreceivers: [{name: own-pager}]\n');
    const { code, stderr } = await gatewayObservability([
      ...['report', '-o', out, '-c', site, '--pictures', pictures, '--alertmanager', alertmanager],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = readFileSync(out, 'utf8');
    expect(text).toContain(`configuration <code>${site}</code>.</p>`);
    expect(rowOf(text, 'Receivers, grouping and inhibition', 'GatewayPendingWritesStuck')[2]).toBe(
      'own-pager',
    );
    expect(text).toContain('thresholds.pushWait.failedShare</code> = <code>0.25</code>');
    expect(text.split('src="data:image/png;base64,')).toHaveLength(2);
    expect(text).toMatch(/The folder of pictures has none of .*gateway-relay/);
    expect(readdirSync(join(folder.path, 'out'))).toEqual(['report.html']);
  });

  it('are refused where they are none', async () => {
    const broken = join(folder.path, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'gateway-overview-quiet.png'), 'no picture');
    const { code, stderr } = await gatewayObservability(['report', '-o', '-', '--pictures', broken]);
    expect(code).toBe(2);
    expect(stderr).toContain('gateway-overview-quiet.png: found no PNG');
    const missing = await gatewayObservability([
      'report',
      '-o',
      '-',
      '--pictures',
      join(folder.path, 'none'),
    ]);
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be read (ENOENT)') });
  });
});

describe('the command', () => {
  it('names an output that cannot be written', async () => {
    const file = join(folder.path, 'a-file');
    writeFileSync(file, '');
    const out = join(file, 'report.html');
    const { code, stderr } = await gatewayObservability(['report', '-o', out]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${out}: cannot be written`);
  });
});
