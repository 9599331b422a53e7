import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/exporter/log.js';
import { Authenticator, type Verdict } from '../../src/exporter/web/authenticate.js';

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const users = new Map([['prometheus', 'hash of right']]);
const quiet = createLog('logfmt', 'error');

/** An authenticator whose checks are counted; the only password that fits is `right`. */
function counted(onCheck: (password: string) => void = () => {}) {
  const checked: string[] = [];
  const authenticator = new Authenticator(quiet, async (password, hash) => {
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

  it('are not checked where there are none', async () => {
    const checked: string[] = [];
    const authenticator = new Authenticator(quiet, async (password) => checked.push(password) > 0);
    for (const none of [undefined, '', 'Basic', 'Basic !', `Basic ${btoa('prometheus')}`])
      expect(await authenticator.judge(users, none, '127.0.0.1', () => false)).toBe('refused');
    expect(checked).toEqual([]);
  });

  it.each<[string | undefined, Verdict]>([
    [basic('prometheus', 'right'), 'allowed'],
    [basic('prometheus', 'right').replace('Basic', 'bASIC'), 'allowed'],
    [basic('prometheus', 'right').replace(' ', '   '), 'allowed'],
    [`${basic('prometheus', 'right')}  `, 'allowed'],
    [basic('prometheus', 'right').replaceAll('=', ''), 'allowed'],
    [basic('prometheus', 'right').replace('Basic ', 'Basic'), 'refused'],
    [basic('prometheus', 'right').replace('Basic', 'Bearer'), 'refused'],
    [`x ${basic('prometheus', 'right')}`, 'refused'],
    [`${basic('prometheus', 'right')} x`, 'refused'],
    [basic('Prometheus', 'right'), 'refused'],
    [basic('prometheus', 'right '), 'refused'],
    [basic('prometheus', ''), 'refused'],
    [basic('', 'right'), 'refused'],
    [`Basic ${Buffer.from('prometheus').toString('base64')}`, 'refused'],
    ['Basic', 'refused'],
    ['Basic !', 'refused'],
    ['', 'refused'],
    [undefined, 'refused'],
  ])('are read as HTTP defines it: %s is %s', async (authorization, verdict) => {
    const authenticator = new Authenticator(
      quiet,
      async (password, hash) => hash === 'hash of right' && password === 'right',
    );
    expect(await authenticator.judge(users, authorization, '127.0.0.1', () => false)).toBe(verdict);
  });

  it('may have colons, line breaks and letters of all kinds in the password', async () => {
    const asked: (readonly [string, string])[] = [];
    const authenticator = new Authenticator(quiet, async (...question) => {
      asked.push(question);
      return true;
    });
    const both = new Map([...users, ['second', 'hash 2']]);
    for (const password of ['a:b', ':', 'line\nfeed', 'é 漢']) {
      await authenticator.judge(both, basic('second', password), '127.0.0.1', () => false);
    }
    await authenticator.judge(both, basic('unknown', 'x'), '127.0.0.1', () => false);
    expect(asked).toEqual([
      ['a:b', 'hash 2'],
      [':', 'hash 2'],
      ['line\nfeed', 'hash 2'],
      ['é 漢', 'hash 2'],
      // That of another user, so that the time of the answer reveals nothing.
      ['x', 'hash of right'],
    ]);
  });

  it('are checked again once the user has another hash, or exists', async () => {
    const asked: string[] = [];
    const authenticator = new Authenticator(quiet, async (_, hash) => {
      asked.push(hash);
      return hash === 'new';
    });
    const judge = (hashes: Iterable<readonly [string, string]>) =>
      authenticator.judge(new Map(hashes), basic('a', 'x'), '127.0.0.1', () => false);
    expect(await judge([['b', 'other']])).toBe('refused');
    expect(await judge([['a', 'old']])).toBe('refused');
    expect(await judge([['a', 'new']])).toBe('allowed');
    expect(await judge([['a', 'old']])).toBe('refused');
    expect(await judge([['b', 'other']])).toBe('refused');
    expect(asked).toEqual(['other', 'old', 'new']);
  });

  it('are refused as busy where their check failed, with a line in the log, and checked again', async () => {
    const errors: unknown[] = [];
    let isBroken = true;
    const log = { ...quiet, error: (...line: unknown[]) => void errors.push(line) };
    const authenticator = new Authenticator(log, async () => {
      if (isBroken) throw new RangeError('secret');
      return true;
    });
    const judge = () => authenticator.judge(users, basic('prometheus', 'right'), '127.0.0.1', () => false);
    expect(await judge()).toBe('busy');
    expect(errors).toEqual([['a password could not be verified', { reason: 'RangeError' }]]);
    isBroken = false;
    expect(await judge()).toBe('allowed');
  });
});

describe('credentials that wait', () => {
  /** An authenticator whose checks end when the test releases them, in the order in which they started. */
  function held() {
    const begun: { readonly password: string; readonly end: (isRight: boolean) => void }[] = [];
    const authenticator = new Authenticator(
      quiet,
      (password) => new Promise((end) => void begun.push({ password, end })),
    );
    const judge = (password: string, address = '127.0.0.1', isGone = () => false) =>
      authenticator.judge(users, basic('prometheus', password), address, isGone);
    const end = async (isRight = false) => {
      begun.at(-1)?.end(isRight);
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { judge, end, order: () => begun.map(({ password }) => password) };
  }

  it('are checked one at a time, the newest and the oldest by turns', async () => {
    const { judge, end, order } = held();
    const verdicts = ['first', 'a', 'b', 'c', 'd'].map((password) => judge(password));
    expect(order()).toEqual(['first']);
    for (let i = 0; i < 5; i += 1) await end();
    expect(order()).toEqual(['first', 'a', 'd', 'b', 'c']);
    expect(await Promise.all(verdicts)).toEqual(Array(5).fill('refused'));
    void judge('later');
    expect(order()).toHaveLength(6);
  });

  it('go first where their address has sent fewer wrong passwords', async () => {
    const { judge, end, order } = held();
    void judge('wrong 1', '192.0.2.1');
    for (const password of ['wrong 2', 'wrong 3']) void judge(password, '192.0.2.1');
    void judge('right', '192.0.2.2');
    void judge('wrong 4', '192.0.2.1');
    void judge('other', '192.0.2.2');
    void judge('wrong 5', '192.0.2.1');
    await end();
    // Oldest first among those of the better address, although the others have waited longer.
    await end(true);
    await end();
    expect(order().slice(0, 3)).toEqual(['wrong 1', 'right', 'other']);
    expect(order()[3]).toBe('wrong 2');
  });

  it('are answered together where they are the same', async () => {
    const { judge, end, order } = held();
    const verdicts = Promise.all([judge('right'), judge('right'), judge('right')]);
    await end(true);
    expect(await verdicts).toEqual(['allowed', 'allowed', 'allowed']);
    expect(order()).toEqual(['right']);
  });

  it('are not checked once their client is gone', async () => {
    const { judge, end, order } = held();
    let isGone = false;
    void judge('first');
    void judge('gone', '127.0.0.1', () => isGone);
    void judge('last');
    isGone = true;
    await end();
    await end();
    expect(order()).toEqual(['first', 'last']);
  });

  it('are at most 256: beyond, the one whose turn is last is refused as busy', async () => {
    const { judge, end } = held();
    const verdicts: string[] = [];
    for (let i = 0; i < 256; i += 1)
      void judge(`wrong ${i}`).then((verdict) => verdicts.push(`${i} ${verdict}`));
    await end();
    expect(verdicts).toEqual(['0 refused']);
    void judge('256th');
    await new Promise((resolve) => setImmediate(resolve));
    expect(verdicts).toEqual(['0 refused']);
    void judge('one more');
    await new Promise((resolve) => setImmediate(resolve));
    expect(verdicts).toEqual(['0 refused', '1 busy']);
  });

  it('are remembered for the last 1,024 of each kind', async () => {
    const { checked, judge } = counted();
    for (let i = 0; i < 1_024; i += 1) await judge('prometheus', `wrong ${i}`);
    await judge('prometheus', 'wrong 0');
    expect(checked).toHaveLength(1_024);
    await judge('prometheus', 'wrong 1024');
    await judge('prometheus', 'wrong 1');
    expect(checked).toHaveLength(1_025);
    await judge('prometheus', 'wrong 0');
    expect(checked.at(-1)).toBe('wrong 0');
    expect(checked).toHaveLength(1_026);
  });
});
