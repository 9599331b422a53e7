import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareSides } from '../../src/diff/compare.js';
import { asMarkdown, asText, MARKER } from '../../src/diff/print.js';
import { packageRoot } from '../../src/package/root.js';
import { readSide } from '../../src/rule-files/parse.js';
import { filesWithTargets } from '../targets.js';
import { type Foreign, fetchCeph } from './ceph.js';

const file = (path: string) => ({ path, text: readFileSync(join(packageRoot, path), 'utf8') });
const generated = filesWithTargets();
const ofTarget = (path: string) => ({ path, text: generated.get(path) as string });

describe('rules and dashboards in other forms', () => {
  it('are compared as manifests and as dashboards of version 2 too', () => {
    const manifest = ofTarget('kubernetes/rules/gateway.alerts.yaml');
    const dashboard = ofTarget('grafana-v2/gateway-overview.json');
    const findings = compareSides(
      readSide([manifest, dashboard]),
      readSide([
        { ...manifest, text: manifest.text.replace('for: 2m', 'for: 4m') },
        { ...dashboard, text: dashboard.text.replace('"id": 12,', '"id": 77,') },
      ]),
    );
    expect(findings.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['panel-id-changed', 'panel gateway-overview/77'],
      ['for-changed', 'alert GatewayDown'],
    ]);
  });

  it('are the same whether a group is in a rule file or in a manifest', () => {
    const plain = readSide([file('generated/prometheus/gateway.alerts.yaml')]);
    expect(plain.groups[0]?.rules.length).toBeGreaterThan(2);
    expect(compareSides(plain, readSide([ofTarget('kubernetes/rules/gateway.alerts.yaml')]))).toEqual([]);
  });

  it('tell a change in one form only, and a change in both forms once', () => {
    const [plain, manifest] = [
      file('generated/prometheus/gateway.alerts.yaml'),
      ofTarget('kubernetes/rules/gateway.alerts.yaml'),
    ];
    const longer = (one: typeof plain) => ({ ...one, text: one.text.replace('for: 2m', 'for: 4m') });
    const base = readSide([plain, manifest]);
    expect(compareSides(base, readSide([longer(plain), longer(manifest)]))).toHaveLength(1);
    expect(compareSides(base, readSide([plain, longer(manifest)]))).toEqual([
      expect.objectContaining({ kind: 'for-changed', file: manifest.path }),
    ]);
  });

  it('follow mentions in files that are neither', () => {
    const record = (name: string) =>
      readSide([
        { path: 'r.yaml', text: `groups: [{name: g, rules: [{record: '${name}', expr: sum(x)}]}]\n` },
      ]);
    const also = readSide([file('test/fixtures/foreign/autoscaler.yaml')]);
    const [finding] = compareSides(
      record('relay:gateway_pending_writes:max'),
      record('relay:other:max'),
      also,
    );
    expect(finding).toMatchObject({ kind: 'record-renamed', level: 'breaking' });
    expect(finding?.consequence).toContain('test/fixtures/foreign/autoscaler.yaml still reads');
  });
});

describe('rules and dashboards that others wrote', () => {
  let ceph: Foreign;
  beforeAll(() => {
    ceph = fetchCeph();
  });

  it('are read, and changes of the rules told in sensible words', () => {
    const { rules } = ceph;
    const side = (one: string) => readSide([{ path: 'ceph.yml', text: one }]);
    expect(side(rules).groups.flatMap((group) => group.rules).length).toBeGreaterThan(20);
    expect(compareSides(side(rules), side(rules))).toEqual([]);
    const changed = rules
      .replace(/alert: "?CephHealthError"?/, 'alert: CephBroken')
      .replace(/severity: "?critical"?/g, 'severity: warning')
      .replace(/(for: "?)5m/g, '$115m');
    const findings = compareSides(side(rules), side(changed));
    const kinds = new Set(findings.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['alert-renamed', 'for-changed', 'severity-changed']);
    expect(findings).toContainEqual(
      expect.objectContaining({
        subject: 'alert CephBroken',
        consequence: expect.stringContaining('for CephHealthError stop matching'),
      }),
    );
  });

  it('are read, and changes of the dashboards told in sensible words', () => {
    const { dashboards } = ceph;
    expect(dashboards.length).toBeGreaterThan(10);
    expect(compareSides(readSide(dashboards), readSide(dashboards))).toEqual([]);
    const changed = dashboards
      .filter(({ path }) => path !== 'rbd-overview.json')
      .map(({ path, text }) => ({
        path,
        text: JSON.stringify(
          JSON.parse(
            path === 'host-details.json' ? text.replaceAll('ceph_osd_metadata{', 'ceph_osd_meta{') : text,
          ),
        ),
      }));
    const findings = compareSides(readSide(dashboards), readSide(changed));
    expect([...new Set(findings.map(({ kind }) => kind))].sort()).toEqual([
      'dashboard-removed',
      'query-changed',
      'variable-changed',
    ]);
    expect(findings.find(({ kind }) => kind === 'query-changed')?.consequence).toContain(
      'reads ceph_osd_meta instead of ceph_osd_metadata',
    );
  });
});

describe('what is printed', () => {
  const nasty = {
    kind: 'text-changed',
    level: 'breaking' as const,
    subject: 'alert `A`|B',
    before: '<b>@everyone</b> | x',
    after: 'a\u001b[31mb\nc',
    consequence: 'Somebody <script> | @team must *look*.',
    file: 'a.yaml',
  };
  const comparison = { base: 'main', head: 'change', findings: [nasty], notes: [] };

  it('lets nothing of a file act in a comment or in a terminal', () => {
    const markdown = asMarkdown(comparison);
    expect(markdown.startsWith(MARKER)).toBe(true);
    const row = markdown.split('\n').find((line) => line.includes('Somebody')) as string;
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
    expect(row).not.toMatch(/(?<!\\)<script/);
    expect(row).not.toContain('@team');
    expect(asText(comparison)).not.toContain('\u001b');
  });

  it('fits into one comment, however much changed, and says what is left out', () => {
    const findings = Array.from({ length: 2000 }, (_, i) => ({ ...nasty, subject: `alert Number${i}` }));
    const markdown = asMarkdown({ ...comparison, findings });
    expect(markdown.length).toBeLessThan(65_536);
    expect(markdown).toMatch(/\d+ more findings do not fit into this comment/);
  });
});
