import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exporterMetrics } from '../../metrics/exporter.js';
import { Exporter, type ExporterOptions } from '../../src/exporter/exporter.js';
import { acceptsGzip, negotiateFormat } from '../../src/exporter/exposition/negotiate.js';
import { landingPage } from '../../src/exporter/web/landing-page.js';
import { generatedFile } from './generated-files.js';
import { unjustified } from './justified.js';
import { checkHistories } from './property.js';
import { notification, samplesOf } from './scrape.js';

const NOW_MS = 1_767_226_200_000;

/** The text that an exporter shows for contents of a file, by clocks that stand still. */
async function shown(
  contents: string | Buffer,
  options: Partial<ExporterOptions> = {},
  format: 'text' | 'openmetrics' = 'text',
) {
  const bytes = Buffer.from(contents as string);
  const exporter = new Exporter({
    path: 'made up',
    now: () => NOW_MS,
    monotonic: () => 0,
    read: async () => ({ kind: 'version', bytes, mtime: 1_767_226_199.25 }),
    ...options,
  });
  const scrape = await exporter.scrape();
  return Buffer.concat(await scrape.body(format, false)).toString();
}

const PERSISTED = JSON.stringify({
  notifications: [
    notification('a', {
      types: ['drive', 'autobase', 'drive', 'novel'],
      driveVersion: 7,
      leaseVersion: 3,
      pendingSince: 1767226100000,
      updatedAt: 1767226150000,
      lease: { expiresAt: 1767226800000, issuedAt: 1767226000000, version: 9 },
    }),
    // Its lease expires first, but it is not pending.
    notification('b', {
      state: 'cleared',
      types: ['drive'],
      driveVersion: 0,
      leaseVersion: null,
      updatedAt: 1767226199500,
      lease: { expiresAt: 1767226500000, issuedAt: 1767226001000, version: 2 },
    }),
    // Pending, but its lease is not active.
    notification('c', {
      types: [],
      leaseVersion: undefined,
      leaseActive: false,
      pendingSince: 1767226050000,
      lease: { expiresAt: 1767226300000 },
    }),
  ],
  rotations: [
    { relayKey: 'a', status: 'failed', attempts: 2, startedAt: 1767226140000, completedAt: 1767226141000 },
    { relayKey: 'a', status: 'pending', attempts: 1, startedAt: 1767226140000, completedAt: null },
    { relayKey: 'b', status: 'completed', attempts: 1, startedAt: 1767226010000, completedAt: 1767226011500 },
    { relayKey: 'd', status: 'odd' },
  ],
});

const REASONS =
  'changing io not_a_file not_a_state_file not_json not_utf8 permission spliced timeout too_large unlinked'.split(
    ' ',
  );
const NO_FAILURES = REASONS.map(
  (reason) => `pending_writes_state_file_read_failures_total{reason="${reason}"} 0`,
);

/** Written by hand from docs/exporter.md and the file above. */
const PERSISTED_TEXT = `# TYPE pending_writes_pending gauge
pending_writes_pending{relay="a"} 1
pending_writes_pending{relay="b"} 0
pending_writes_pending{relay="c"} 1
# TYPE pending_writes_pending_since_timestamp_seconds gauge
pending_writes_pending_since_timestamp_seconds{relay="a"} 1767226100
pending_writes_pending_since_timestamp_seconds{relay="c"} 1767226050
# TYPE pending_writes_last_update_timestamp_seconds gauge
pending_writes_last_update_timestamp_seconds{relay="a"} 1767226150
pending_writes_last_update_timestamp_seconds{relay="b"} 1767226199.5
pending_writes_last_update_timestamp_seconds{relay="c"} 1767226200
# TYPE pending_writes_lease_active gauge
pending_writes_lease_active{relay="a"} 1
pending_writes_lease_active{relay="b"} 1
pending_writes_lease_active{relay="c"} 0
# TYPE pending_writes_lease_expiry_timestamp_seconds gauge
pending_writes_lease_expiry_timestamp_seconds{relay="a"} 1767226800
pending_writes_lease_expiry_timestamp_seconds{relay="b"} 1767226500
pending_writes_lease_expiry_timestamp_seconds{relay="c"} 1767226300
# TYPE pending_writes_lease_issued_timestamp_seconds gauge
pending_writes_lease_issued_timestamp_seconds{relay="a"} 1767226000
pending_writes_lease_issued_timestamp_seconds{relay="b"} 1767226001
# TYPE pending_writes_lease_version gauge
pending_writes_lease_version{relay="a"} 3
pending_writes_lease_version{relay="b"} 2
# TYPE pending_writes_drive_version gauge
pending_writes_drive_version{relay="a"} 7
pending_writes_drive_version{relay="b"} 0
pending_writes_drive_version{relay="c"} 1
# TYPE pending_writes_wanted gauge
pending_writes_wanted{relay="a",type="autobase"} 1
pending_writes_wanted{relay="a",type="drive"} 1
pending_writes_wanted{relay="a",type="other"} 1
# TYPE pending_writes_job_status gauge
# TYPE pending_writes_rotation_last_status gauge
pending_writes_rotation_last_status{relay="a",status="failed"} 1
pending_writes_rotation_last_status{relay="b",status="completed"} 1
pending_writes_rotation_last_status{relay="d",status="other"} 1
# TYPE pending_writes_rotation_last_attempts gauge
pending_writes_rotation_last_attempts{relay="a"} 2
pending_writes_rotation_last_attempts{relay="b"} 1
# TYPE pending_writes_rotation_last_start_timestamp_seconds gauge
pending_writes_rotation_last_start_timestamp_seconds{relay="a"} 1767226140
pending_writes_rotation_last_start_timestamp_seconds{relay="b"} 1767226010
# TYPE pending_writes_rotation_last_end_timestamp_seconds gauge
pending_writes_rotation_last_end_timestamp_seconds{relay="a"} 1767226141
pending_writes_rotation_last_end_timestamp_seconds{relay="b"} 1767226011.5
# TYPE pending_writes_queue_size gauge
# TYPE pending_writes_inflight_size gauge
# TYPE pending_writes_queue_updated_timestamp_seconds gauge
# TYPE pending_writes_relays gauge
pending_writes_relays{state="pending"} 2
pending_writes_relays{state="cleared"} 1
# TYPE pending_writes_oldest_pending_since_timestamp_seconds gauge
pending_writes_oldest_pending_since_timestamp_seconds 1767226050
# TYPE pending_writes_relays_lease_active gauge
pending_writes_relays_lease_active 2
# TYPE pending_writes_earliest_lease_expiry_timestamp_seconds gauge
pending_writes_earliest_lease_expiry_timestamp_seconds 1767226800
# TYPE pending_writes_relays_wanted gauge
pending_writes_relays_wanted{type="autobase"} 1
pending_writes_relays_wanted{type="drive"} 1
pending_writes_relays_wanted{type="event"} 0
pending_writes_relays_wanted{type="drive-upload"} 0
pending_writes_relays_wanted{type="http-join"} 0
pending_writes_relays_wanted{type="http-callback"} 0
pending_writes_relays_wanted{type="other"} 1
# TYPE pending_writes_relays_job_status gauge
# TYPE pending_writes_relays_rotation_last_status gauge
pending_writes_relays_rotation_last_status{status="pending"} 0
pending_writes_relays_rotation_last_status{status="completed"} 1
pending_writes_relays_rotation_last_status{status="failed"} 1
pending_writes_relays_rotation_last_status{status="other"} 1
# TYPE pending_writes_records_left_out gauge
pending_writes_records_left_out{reason="invalid"} 0
pending_writes_records_left_out{reason="duplicate"} 0
pending_writes_records_left_out{reason="cap"} 0
# TYPE pending_writes_fields_left_out gauge
pending_writes_fields_left_out 0
# TYPE pending_writes_state_file_relays gauge
pending_writes_state_file_relays 3
# TYPE pending_writes_state_file_shape gauge
pending_writes_state_file_shape{shape="persisted"} 1
# TYPE pending_writes_state_file_read_success gauge
pending_writes_state_file_read_success 1
# TYPE pending_writes_state_file_missing gauge
pending_writes_state_file_missing 0
# TYPE pending_writes_state_file_mtime_timestamp_seconds gauge
pending_writes_state_file_mtime_timestamp_seconds 1767226199.25
# TYPE pending_writes_state_file_size_bytes gauge
pending_writes_state_file_size_bytes ${PERSISTED.length}
# TYPE pending_writes_state_file_last_good_read_timestamp_seconds gauge
pending_writes_state_file_last_good_read_timestamp_seconds 1767226200
# TYPE pending_writes_state_file_read_failure gauge
# TYPE pending_writes_state_file_read_failures_total counter
${NO_FAILURES.join('\n')}
# TYPE pending_writes_exporter_scrape_duration_seconds gauge
pending_writes_exporter_scrape_duration_seconds 0
# TYPE pending_writes_exporter_web_config_reload_success gauge
pending_writes_exporter_web_config_reload_success 1
# TYPE pending_writes_exporter_build_info gauge
pending_writes_exporter_build_info{version="dev",node="${process.versions.node}"} 1
`;

const withoutHelp = (text: string) => text.replace(/^# HELP .*\n/gm, '');

describe('the exposition', () => {
  it('of a persisted file is this text', async () => {
    const text = await shown(PERSISTED);
    expect(withoutHelp(text)).toBe(PERSISTED_TEXT);
    const helps = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE (\S+) (\S+)$/gm)].map((found) =>
      found.slice(1),
    );
    const defined = exporterMetrics.map(({ name, help, type }) => [name, help, name, type]);
    expect([...helps].sort()).toEqual([...defined].sort());
  });

  it('in OpenMetrics form differs in its end and in the TYPE lines of counters only', async () => {
    const text = await shown(PERSISTED, {}, 'openmetrics');
    expect(withoutHelp(text)).toBe(
      `${PERSISTED_TEXT.replace('read_failures_total counter', 'read_failures counter')}# EOF\n`,
    );
  });

  it('of a snapshot has the queue, the jobs and the time of the snapshot', async () => {
    const text = await shown(
      JSON.stringify({
        updatedAt: 1767226190500,
        queueSize: 5,
        inflightSize: 2,
        relays: [
          { relayKey: 'a', status: 'queued', state: 'pending', types: ['event'] },
          { relayKey: 'b', status: 'queued' },
          { relayKey: 'c', status: 'error', state: 'cleared' },
          { relayKey: 'd', status: 'novel' },
        ],
      }),
    );
    expect(
      text.match(
        /^pending_writes_(?:queue|inflight|job|relays|pending|wanted|state_file_(?:shape|relays)).* .*$/gm,
      ),
    ).toEqual([
      'pending_writes_pending{relay="a"} 1',
      'pending_writes_pending{relay="c"} 0',
      'pending_writes_wanted{relay="a",type="event"} 1',
      'pending_writes_job_status{relay="a",status="queued"} 1',
      'pending_writes_job_status{relay="b",status="queued"} 1',
      'pending_writes_job_status{relay="c",status="error"} 1',
      'pending_writes_job_status{relay="d",status="other"} 1',
      'pending_writes_queue_size 5',
      'pending_writes_inflight_size 2',
      'pending_writes_queue_updated_timestamp_seconds 1767226190.5',
      'pending_writes_relays{state="pending"} 1',
      'pending_writes_relays{state="cleared"} 1',
      'pending_writes_relays_lease_active 0',
      'pending_writes_relays_wanted{type="autobase"} 0',
      'pending_writes_relays_wanted{type="drive"} 0',
      'pending_writes_relays_wanted{type="event"} 1',
      'pending_writes_relays_wanted{type="drive-upload"} 0',
      'pending_writes_relays_wanted{type="http-join"} 0',
      'pending_writes_relays_wanted{type="http-callback"} 0',
      'pending_writes_relays_wanted{type="other"} 0',
      'pending_writes_relays_job_status{status="idle"} 0',
      'pending_writes_relays_job_status{status="queued"} 2',
      'pending_writes_relays_job_status{status="in-progress"} 0',
      'pending_writes_relays_job_status{status="completed"} 0',
      'pending_writes_relays_job_status{status="error"} 1',
      'pending_writes_relays_job_status{status="cleared"} 0',
      'pending_writes_relays_job_status{status="other"} 1',
      'pending_writes_relays_rotation_last_status{status="pending"} 0',
      'pending_writes_relays_rotation_last_status{status="completed"} 0',
      'pending_writes_relays_rotation_last_status{status="failed"} 0',
      'pending_writes_relays_rotation_last_status{status="other"} 0',
      'pending_writes_state_file_relays 4',
      'pending_writes_state_file_shape{shape="snapshot"} 1',
    ]);
  });

  it('without relay labels has the same aggregates and no relay', async () => {
    const text = withoutHelp(await shown(PERSISTED, { relayLabels: false }));
    expect(text).toBe(PERSISTED_TEXT.replace(/^.*\{relay=.*\n/gm, ''));
  });

  it('of a file that cannot be read has its reason, its size and a count, and no samples of the queue', async () => {
    let time = 0;
    const exporter = new Exporter({
      path: 'made up',
      now: () => NOW_MS,
      monotonic: () => {
        time += 250;
        return time;
      },
      webConfigReloadSuccess: () => false,
      read: async () => ({ kind: 'failed', reason: 'too_large', size: 77 }),
    });
    await exporter.scrape();
    const scrape = await exporter.scrape();
    const samples = samplesOf(Buffer.concat(await scrape.body('text', false)).toString());
    expect([...samples].filter(([, value]) => value !== 0).map(([series]) => series)).toEqual([
      'pending_writes_state_file_size_bytes{}',
      'pending_writes_state_file_read_failure{reason=too_large}',
      'pending_writes_state_file_read_failures_total{reason=too_large}',
      'pending_writes_exporter_scrape_duration_seconds{}',
      `pending_writes_exporter_build_info{version=dev,node=${process.versions.node}}`,
    ]);
    expect(samples.get('pending_writes_state_file_size_bytes{}')).toBe(77);
    expect(samples.get('pending_writes_state_file_read_failures_total{reason=too_large}')).toBe(2);
    // Begin, the reading's age, and the end of this scrape: 0.25 s between each.
    expect(samples.get('pending_writes_exporter_scrape_duration_seconds{}')).toBe(0.5);
  });

  it('shows nothing that a file does not justify, and all that it says', async () => {
    for (const bytes of fc.sample(generatedFile, { numRuns: 60, seed: 15 })) {
      expect(unjustified(bytes, samplesOf(await shown(bytes)))).toEqual([]);
    }
    await checkHistories(2, 15);
  });
});

describe('the format', () => {
  it.each([
    [undefined, 'text'],
    ['', 'text'],
    ['application/openmetrics-text', 'openmetrics 1.0.0'],
    ['Application/OpenMetrics-Text; Version=0.0.1', 'openmetrics 0.0.1'],
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.5', 'openmetrics 1.0.0'],
    ['text/plain;q=0.5,application/openmetrics-text;version=1.0.0;q=0.5', 'text'],
    ['application/openmetrics-text;q=0.4,text/*;q=0.5', 'text'],
    ['application/openmetrics-text;q=0.4,*/*;q=0.5', 'text'],
    ['application/openmetrics-text;q=0.4,text/html;q=0.5', 'openmetrics 1.0.0'],
    ['text/plain;q=0,application/openmetrics-text;q=0.1', 'openmetrics 1.0.0'],
    ['application/openmetrics-text;q=1.1,text/plain;q=0.1', 'text'],
    ['application/openmetrics-text;q=-1', 'text'],
    ['application/openmetrics-text; q = "1" ; version = "0.0.1", */*', 'openmetrics 0.0.1'],
    [
      'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.75',
      'openmetrics 0.0.1',
    ],
  ])('is what the header Accept prefers: %s is %s', (accept, expected) => {
    const [format, version] = expected.split(' ');
    const contentType =
      version === undefined
        ? 'text/plain; version=0.0.4; charset=utf-8'
        : `application/openmetrics-text; version=${version}; charset=utf-8`;
    expect(negotiateFormat(accept)).toEqual({ format, contentType });
  });

  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['br, gzip', true],
    ['br,deflate', false],
    ['gzipped', false],
    ['gzip;q=1', true],
    ['gzip;q=0.001', true],
    ['gzip;q=0', false],
    ['gzip;q=0.0', false],
    ['gzip;q=2', false],
    ['gzip;q=-0.5', false],
    ['gzip;q=x', false],
    ['*', true],
    ['*;q=0', false],
    ['*;q=0.1', true],
    ['identity;q=1, *;q=0', false],
    ['gzip;q=0, *;q=1', false],
    ['*;q=0, gzip;q=1', true],
    ['gzip ; q=0.5 , br', true],
  ])('is compressed where Accept-Encoding wants gzip: %s is %s', (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected);
  });
});

describe('the landing page', () => {
  const state = (relays: number, pending?: number) => ({
    totals: { relays: relays, byState: new Map(pending === undefined ? [] : [['pending', pending]]) },
  });
  const rowsOf = (reading: object) =>
    [...landingPage(reading as never, '/metrics', '1.2.3').matchAll(/<th>(.*?)<\/th><td>(.*?)<\/td>/g)].map(
      ([, name, value]) => `${name}: ${value}`,
    );

  it.each([
    [
      'read',
      { state: state(3, 2), missing: false, lastGoodRead: 1767226200.5 },
      ['State file: read', 'Last good read: 2026-01-01T00:10:00.500Z', 'Relays: 3', 'Relays pending: 2'],
    ],
    [
      'no pending',
      { state: state(1), missing: false, lastGoodRead: 0 },
      ['State file: read', 'Last good read: 1970-01-01T00:00:00.000Z', 'Relays: 1', 'Relays pending: 0'],
    ],
    [
      'missing',
      { missing: true, lastGoodRead: 1767226200 },
      [
        'State file: does not exist: the worker never had a pending write, or it was deleted',
        'Last good read: 2026-01-01T00:10:00.000Z',
      ],
    ],
    [
      'failed',
      { missing: false, failure: 'io' },
      ['State file: cannot be read (io)', 'Last good read: never'],
    ],
    [
      'stale',
      { missing: false, failure: 'io', lastGoodRead: 1767226200, state: state(1, 1) },
      [
        'State file: cannot be read (io), the last good version is shown',
        'Last good read: 2026-01-01T00:10:00.000Z',
        'Relays: 1',
        'Relays pending: 1',
      ],
    ],
  ])('shows the condition of the file: %s', (_, reading, rows) => {
    expect(rowsOf(reading)).toEqual(rows);
  });

  it('is a whole HTML page with relative links, and escapes what it shows', () => {
    const page = landingPage({ missing: true } as never, '/a&b', '<1>');
    expect(page).toMatch(
      /^<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>pending-writes-exporter<\/title>\n/,
    );
    expect(page).toContain('<p>Version &lt;1&gt;. Times are UTC.</p><table><tr><th>State file</th>');
    expect(page).toContain('</td></tr><tr><th>Last good read</th><td>never</td></tr></table>');
    expect(page.match(/href="[^"]*"/g)).toEqual(['href="a&amp;b"', 'href="-/healthy"', 'href="-/ready"']);
    expect(page.endsWith('</p></body></html>\n')).toBe(true);
  });
});
