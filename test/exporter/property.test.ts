import { describe, expect, it } from 'vitest';
import { unjustified } from './justified.js';
import { checkFiles, checkHistories, promtoolSays } from './property.js';

describe('any file', () => {
  it('crashes nothing, gives no series that it does not justify, and nothing that promtool rejects', async () => {
    // npm run test:exporter:property checks 100,000.
    const { good } = await checkFiles(4_000);
    // Most of them are read, so that there is something to justify.
    expect(good).toBeGreaterThan(2_000);
  });

  it('is shown as if the versions before had never been', async () => {
    await checkHistories(150);
  });

  it('would be found out where it is shown wrongly', () => {
    const bytes = Buffer.from('{"notifications":[{"relayKey":"a","state":"pending"}]}');
    const right = new Map([
      ['pending_writes_state_file_read_success{}', 1],
      ['pending_writes_state_file_relays{}', 1],
      ['pending_writes_relays{state=pending}', 1],
      ['pending_writes_relays{state=cleared}', 0],
      ['pending_writes_pending{relay=a}', 1],
    ]);
    expect(unjustified(bytes, right)).toEqual([]);
    for (const [series, value] of [
      ['pending_writes_pending{relay=a}', 0],
      ['pending_writes_pending{relay=b}', 1],
      ['pending_writes_drive_version{relay=a}', 1],
      ['pending_writes_wanted{relay=a,type=drive}', 1],
      ['pending_writes_rotation_last_status{relay=a,status=failed}', 1],
      ['pending_writes_relays{state=cleared}', 1],
      ['pending_writes_state_file_read_success{}', 0],
    ] as const) {
      expect(unjustified(bytes, new Map(right).set(series, value))).not.toEqual([]);
    }
    expect(unjustified(bytes.subarray(0, -1), right)).not.toEqual([]);
  });

  it('is shown to a promtool that does object', async () => {
    expect(await promtoolSays('a{b="c} 1\n')).not.toBe('0 ');
  });
});
