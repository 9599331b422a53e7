import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/exporter/log.js';
import { Authenticator, type Verdict } from '../../src/exporter/web/authenticate.js';

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const users = new Map([['prometheus', 'hash of right']]);

/** An authenticator whose checks are counted; the only password that fits is `right`. */
function counted(onCheck: (password: string) => void = () => {}) {
  const checked: string[] = [];
  const authenticator = new Authenticator(createLog('logfmt', 'error'), async (password, hash) => {
    checked.push(password);
    onCheck(password);
    return hash === 'hash of right' && password === 'right';
  });
  const judge = (user: string, password: string) =>
    authenticator.judge(users, basic(user, password), '127.0.0.1', () => false);
  return { checked, judge };
}

describe('credentials', () => {
  it('are checked once, whatever the answer was', async () => {
    const { checked, judge } = counted();
    for (let i = 0; i < 3; i += 1) {
      expect(await judge('prometheus', 'right')).toBe('allowed');
      expect(await judge('prometheus', 'wrong')).toBe('refused');
    }
    expect(checked).toEqual(['right', 'wrong']);
  });

  it('of an unknown user are checked as well, and refused even where the password is that of another', async () => {
    const { checked, judge } = counted();
    expect(await judge('someone', 'right')).toBe('refused');
    expect(checked).toEqual(['right']);
  });

  it('get their turn in a flood from the same address whose every answer brings a newer request', async () => {
    const CLIENTS = 20;
    let sent = 0;
    let isFlooding = true;
    const flooding: Promise<Verdict>[] = [];
    const send = () => {
      sent += 1;
      flooding.push(judge('prometheus', `wrong ${sent}`));
    };
    const { checked, judge } = counted((password) => {
      // A wrong one is followed by the next before the check of it has ended.
      if (isFlooding && password !== 'right' && checked.length < 1_000) send();
    });
    for (let i = 0; i < CLIENTS; i += 1) send();
    const right = judge('prometheus', 'right');
    // Newer than the right ones, as if they had been on their way.
    for (let i = 0; i < 3; i += 1) send();
    expect(await right).toBe('allowed');
    isFlooding = false;
    expect(checked.indexOf('right')).toBeLessThanOrEqual(2 * (CLIENTS + 3));
    expect(new Set(await Promise.all(flooding))).toEqual(new Set(['refused']));
  });
});
