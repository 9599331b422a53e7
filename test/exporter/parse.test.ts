import { describe, expect, it } from 'vitest';
import { MAX_RELAYS, parseState, RecordCache, StateFileError } from '../../src/exporter/state-file/parse.js';
import { newestRotations, readRecord, relaysOf } from '../../src/exporter/state-file/records.js';
import { notification } from './scrape.js';

const parsed = (text: string | Buffer, maxRelays = MAX_RELAYS, cache = new RecordCache()) =>
  parseState(Buffer.from(text as string), maxRelays, cache);
/** Why bytes are no state file. */
function reasonOf(text: string | Buffer): string {
  try {
    parsed(text);
  } catch (error) {
    if (error instanceof StateFileError) return `${error.reason}: ${error.message}`;
    throw error;
  }
  return 'none';
}
/** In the layout that the worker writes. */
const worker = (contents: object) => JSON.stringify(contents, null, 2);

describe('a record', () => {
  const EMPTY = {
    relay: 'a',
    pending: true,
    pendingSince: undefined,
    updatedAt: undefined,
    leaseActive: undefined,
    leaseExpiry: undefined,
    leaseIssued: undefined,
    leaseVersion: undefined,
    driveVersion: undefined,
    wanted: [],
    jobStatus: undefined,
  };
  const read = (fields: object, isSnapshot = false) => readRecord({ relayKey: 'a', ...fields }, isSnapshot);

  it.each<[object, object, number]>([
    [{}, {}, 0],
    [{ pendingSince: 1 }, { pendingSince: 0.001 }, 0],
    [{ pendingSince: 0 }, {}, 1],
    [{ pendingSince: -1 }, {}, 1],
    [{ pendingSince: 99_999_999_999_999 }, { pendingSince: 99_999_999_999.999 }, 0],
    [{ pendingSince: 1e14 }, {}, 1],
    [{ pendingSince: '1' }, {}, 1],
    [{ pendingSince: null }, {}, 0],
    [{ state: 'cleared', pendingSince: 'odd', types: 'odd' }, { pending: false }, 0],
    [{ updatedAt: 1500 }, { updatedAt: 1.5 }, 0],
    [{ updatedAt: true }, {}, 1],
    [{ leaseActive: false }, { leaseActive: false }, 0],
    [{ leaseActive: 1 }, {}, 1],
    [{ lease: [] }, {}, 1],
    [{ lease: 'odd' }, {}, 1],
    [{ lease: null }, {}, 0],
    [
      { lease: { expiresAt: 2000, issuedAt: 1000, version: 4 } },
      { leaseExpiry: 2, leaseIssued: 1, leaseVersion: 4 },
      0,
    ],
    [{ lease: { expiresAt: 'x', issuedAt: 'x', version: 'x' } }, {}, 3],
    [{ lease: { version: 4 }, leaseVersion: 5 }, { leaseVersion: 5 }, 0],
    [{ lease: { version: 4 }, leaseVersion: 0 }, { leaseVersion: 0 }, 0],
    [{ driveVersion: 9_007_199_254_740_991 }, { driveVersion: 9_007_199_254_740_991 }, 0],
    [{ driveVersion: 9_007_199_254_740_992 }, {}, 1],
    [{ driveVersion: -1 }, {}, 1],
    [{ driveVersion: '3' }, {}, 1],
    [
      { types: ['http-join', 'event', 'event', 'http-callback', 'autobase', 'drive-upload', 'drive'] },
      { wanted: ['autobase', 'drive', 'drive-upload', 'event', 'http-callback', 'http-join'] },
      0,
    ],
    [{ types: ['novel', 'other', ''] }, { wanted: ['other'] }, 1],
    [{ types: [7, null, undefined, 'drive'] }, { wanted: ['drive'] }, 1],
    [{ types: { length: 1 } }, {}, 1],
    [{ status: 'queued' }, {}, 0],
  ])('has of %j what is valid, and counts the rest', (fields, expected, badFields) => {
    expect(read({ state: 'pending', ...fields })).toEqual({ record: { ...EMPTY, ...expected }, badFields });
  });

  it.each<[object, object | undefined, number]>([
    [{ state: 'pending', status: 'queued' }, { jobStatus: 'queued' }, 0],
    [{ state: 'pending', status: 'novel' }, { jobStatus: 'other' }, 0],
    [{ state: 'pending', status: 7 }, {}, 1],
    [{ status: 'error' }, { pending: undefined, jobStatus: 'error' }, 0],
    [{ state: null, status: 'error' }, { pending: undefined, jobStatus: 'error' }, 0],
    [{ state: 'novel', status: 'error' }, { pending: undefined, jobStatus: 'error' }, 1],
    [{ status: '' }, undefined, 0],
    [{}, undefined, 0],
  ])('of a snapshot has a status as well: %j', (fields, expected, badFields) => {
    const record = expected && { ...EMPTY, ...expected };
    expect(read(fields, true)).toEqual({ record, badFields });
  });

  it.each<[unknown, boolean]>([
    ['a', true],
    ['x'.repeat(256), true],
    ['x'.repeat(257), false],
    ['', false],
    [7, false],
    [null, false],
    ['a\0', false],
    ['\ud800', false],
    ['a\ud83dz', false],
    ['\udc00', false],
    ['z\ude00a', false],
    ['\u{1f600}', true],
    ['漢\n"\\', true],
  ])('needs a relay that can be a label: %j', (relayKey, isRelay) => {
    const { record, badFields } = readRecord({ relayKey, state: 'cleared' }, false);
    expect([record?.relay, badFields]).toEqual([isRelay ? relayKey : undefined, 0]);
    const { newest, invalid } = newestRotations([{ relayKey, status: 'failed' }]);
    expect([newest.size, invalid]).toEqual(isRelay ? [1, 0] : [0, 1]);
  });

  it.each([
    [null],
    ['text'],
    [[{ relayKey: 'a', state: 'pending' }]],
    [7],
    [{ relayKey: 'a' }],
    [{ relayKey: 'a', state: 'novel', status: 'queued' }],
  ])('is none: %j', (value) => {
    expect(readRecord(value, false)).toEqual({ record: undefined, badFields: 0 });
  });

  it('of a relay that has several is the one updated last, of equal ones the last', () => {
    const records = [
      { relayKey: 'a', state: 'pending', updatedAt: 2000 },
      { relayKey: 'a', state: 'cleared', updatedAt: 1000 },
      { relayKey: 'b', state: 'pending', updatedAt: 1000 },
      { relayKey: 'b', state: 'cleared', updatedAt: 1000 },
      { relayKey: 'c', state: 'pending' },
      { relayKey: 'c', state: 'cleared', updatedAt: 'odd' },
      { relayKey: 'd', state: 'cleared', updatedAt: 1 },
      { relayKey: 'd', state: 'pending' },
      null,
    ].map((value) => readRecord(value, false));
    const { relays, invalid, duplicates, badFields } = relaysOf(records);
    expect([...relays.values()].map(({ relay, pending }) => [relay, pending])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
      ['d', false],
    ]);
    expect([invalid, duplicates, badFields]).toEqual([1, 4, 1]);
  });
});

describe('the newest rotation', () => {
  type Row = readonly [status: string, startedAt: unknown, relay?: string];
  const newest = (...rows: readonly Row[]) =>
    [
      ...newestRotations(
        rows.map(([status, startedAt, relayKey = 'a']) => ({ relayKey, status, startedAt })),
      ).newest.values(),
    ].map(({ relay, status, startedAt }) => [relay, status, startedAt]);

  it.each<[string, readonly Row[], Row]>([
    [
      'its rows are newest first',
      [
        ['completed', 5],
        ['pending', 5],
      ],
      ['completed', 5],
    ],
    [
      'the one that began last in the file',
      [
        ['failed', 3],
        ['pending', 3],
        ['completed', 5],
        ['pending', 5],
      ],
      ['failed', 3],
    ],
    [
      'its beginning, not its end, counts',
      [
        ['failed', 3],
        ['completed', 5],
        ['pending', 5],
        ['pending', 3],
      ],
      ['completed', 5],
    ],
    [
      'a beginning that was pushed out is older',
      [
        ['failed', 9],
        ['completed', 5],
        ['pending', 5],
      ],
      ['completed', 5],
    ],
    [
      'two such are compared by their times',
      [
        ['failed', 5],
        ['completed', 9],
      ],
      ['completed', 9],
    ],
    [
      'and at equal times the first stays',
      [
        ['failed', 5],
        ['completed', 5],
      ],
      ['failed', 5],
    ],
    [
      'the later of two such, whichever comes first',
      [
        ['completed', 9],
        ['failed', 5],
      ],
      ['completed', 9],
    ],
    [
      'rows without a start are one rotation',
      [
        ['failed', 'x'],
        ['completed', null],
      ],
      ['failed', Number.NEGATIVE_INFINITY],
    ],
    [
      'any start is later than none',
      [
        ['failed', 'x'],
        ['completed', 1],
      ],
      ['completed', 1],
    ],
  ])('is found: %s', (_, rows, [status, startedAt]) => {
    expect(newest(...rows)).toEqual([['a', status, startedAt]]);
  });

  it('is one for each relay, of which the start alone is not the key', () => {
    expect(newest(['failed', 1, 'b'], ['completed', 1, 'a'], ['novel', 1, 'c'])).toEqual([
      ['b', 'failed', 1],
      ['a', 'completed', 1],
      ['c', 'other', 1],
    ]);
    expect(newestRotations([null, 7, { relayKey: 'a' }, { relayKey: 'a', status: '' }]).invalid).toBe(4);
  });
});

describe('a file', () => {
  it.each<[string, string | Buffer, string]>([
    ['empty', '', 'not_json'],
    ['white space', ' \n', 'not_json'],
    ['a list', '[]', 'not_a_state_file'],
    ['a list after white space, torn', '\n\t[1', 'not_json'],
    ['text', '"x"', 'not_a_state_file'],
    ['null', 'null', 'not_a_state_file'],
    ['another object', '{"a":1}', 'not_a_state_file'],
    ['records that are no list', '{"notifications":{}}', 'not_a_state_file'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x7d, 0xff]), 'not_utf8'],
    ['a word', '{nonsense', 'not_json'],
    ['a word in braces', '{nonsense}', 'spliced'],
    ['broken off in a key', '{"notifi', 'not_json'],
    ['broken off after a brace', '{"notifications":[{"relayKey":"a"}', 'not_json'],
    ['broken off after a brace and a line break', '{"notifications":[{"relayKey":"a"}\n', 'not_json'],
    ['broken off in a text with a brace', '{"a":"}', 'not_json'],
    ['complete and followed by more', '{"notifications":[]}]', 'spliced'],
    ['complete and followed by the end of another', '{"notifications":[]}\n  ]\n}\n', 'spliced'],
    ['two objects', '{"notifications":[]} {}', 'spliced'],
    ['a beginning and an end that do not fit', '{"notifications":[{"relayKe"a"}]}', 'spliced'],
    ['after white space as well', ' \t\r\n{"notifications":[{"relayKe"a"}]} \n', 'spliced'],
    ['after white space, wrong near its end', '     {"a":1 2}', 'spliced'],
    ['a wrong end, with words of an error in a text', '{" at position 99":}', 'spliced'],
    ['a wrong end, with words of another error', '{"Unexpected end":}', 'spliced'],
    ['wrong after a brace', '{"a":{}x', 'not_json'],
    ['an object after a text', 'a {}', 'not_json'],
    ['text around a hole', '{"notifi\0\0\0"a"}]}', 'spliced'],
    ['a hole at the beginning', '\0\0{}', 'spliced'],
    ['nothing but a hole', '\0\0\n', 'not_json'],
  ])('that is damaged has a reason: %s', (_, text, reason) => {
    expect(reasonOf(text)).toBe(reason === 'none' ? reason : `${reason}: ${reason}`);
  });

  it.each<[string, string, string, number]>([
    ['{}', '{}', 'empty', 0],
    [
      'a snapshot without relays',
      '{"relays":[],"notifications":[{"relayKey":"a","state":"pending"}]}',
      'snapshot',
      0,
    ],
    ['no rotations', '{"notifications":[{"relayKey":"a","state":"pending"}]}', 'persisted', 1],
    ['a byte order mark', '\ufeff{"notifications":[]}', 'persisted', 0],
    [
      'a byte order mark and the layout of the worker',
      `\ufeff${worker({ notifications: [notification('é')], rotations: [] })}`,
      'persisted',
      1,
    ],
    ['relays that are no list', '{"relays":{},"notifications":[]}', 'persisted', 0],
  ])('has a shape: %s', (_, text, shape, relays) => {
    const state = parsed(text);
    expect([state.shape, state.relays.length]).toEqual([shape, relays]);
    expect([...state.leftOut.values(), state.rotationRows]).toEqual([0, 0, 0, 0]);
  });

  it('of the worker is read like any other layout, whatever follows its records', () => {
    const rotations = [1, 2].map((n) => ({ relayKey: 'a', status: 'failed', startedAt: n }));
    for (const contents of [
      { notifications: [notification('a')], rotations: [] },
      { notifications: [notification('a'), notification('é'), notification('\n    },\n    {')], rotations },
      { notifications: [notification('a'), 7, null, {}], rotations, more: [{}, {}] },
      { notifications: [{}, { relayKey: 'b', state: 'cleared' }], rotations: [{}] },
    ]) {
      expect(parsed(worker(contents))).toEqual(parsed(JSON.stringify(contents)));
    }
    const empty = '{\n  "notifications": [\n    {\n    }\n  ],\n  "rotations": []\n}';
    expect(parsed(empty)).toEqual(parsed('{"notifications":[{}],"rotations":[]}'));
    // Of two lists of one name the last one counts, as JSON.parse has it.
    const text = worker({ notifications: [notification('a'), notification('b')], rotations: [] });
    for (const more of ['"notifications": []', '"relays": []', '"rotations": 7']) {
      const doubled = text.replace(/\}\s*$/, `, ${more}}`);
      expect(parsed(doubled)).toEqual(parsed(JSON.stringify(JSON.parse(doubled))));
    }
    expect(parsed(text.replace(/\}\s*$/, ', "rotations": 7}')).badFields).toBe(1);
  });

  it('whose other records have not changed has the same objects for them as the version before', () => {
    const cache = new RecordCache();
    const version = (...versions: readonly number[]) =>
      worker({
        notifications: versions.map((driveVersion, i) => notification(`relay-${i}`, { driveVersion })),
        rotations: [],
      });
    const same = (a: ReturnType<typeof parsed>, b: ReturnType<typeof parsed>) =>
      b.relays.map((relay, i) => relay === a.relays[i]);
    const one = parsed(version(1, 2, 3, 4), MAX_RELAYS, cache);
    const two = parsed(version(1, 9, 3, 4), MAX_RELAYS, cache);
    // The end of the last record is not known, so it is parsed again.
    expect(same(one, two)).toEqual([true, false, true, false]);
    const shorter = parsed(version(1, 9), MAX_RELAYS, cache);
    expect(same(two, shorter)).toEqual([true, false]);
    expect(shorter).toEqual(parsed(version(1, 9)));
    const longer = parsed(version(1, 9, 3, 4, 5), MAX_RELAYS, cache);
    expect(same(shorter, longer).slice(0, 1)).toEqual([true]);
    expect(longer).toEqual(parsed(version(1, 9, 3, 4, 5)));
    const moved = version(10, 9, 3, 4, 5);
    expect(parsed(moved, MAX_RELAYS, cache)).toEqual(parsed(moved));
  });

  it('with a record that is not valid is refused as a whole, also in the layout of the worker', () => {
    const text = worker({ notifications: [notification('a'), notification('b')], rotations: [] });
    expect(reasonOf(text.replace('"state": "pending"', '"state": pending'))).toBe('spliced: spliced');
    expect(reasonOf(text.replace('"rotations": []', '"rotations": [}'))).toBe('spliced: spliced');
  });
});

describe('the numbers over all relays', () => {
  it('count what the file has, and lease expiries of pending relays only', () => {
    const lease = (expiresAt: number) => ({ lease: { expiresAt } });
    const { totals, leftOut, badFields, rotationRows } = parsed(
      JSON.stringify({
        notifications: [
          notification('a', { ...lease(5000), pendingSince: 3000 }),
          notification('b', { ...lease(4000), pendingSince: 2000, types: ['event', 'drive'] }),
          notification('c', { ...lease(1000), state: 'cleared' }),
          notification('d', { ...lease(2000), leaseActive: false, pendingSince: null }),
          notification('e', { lease: null, leaseActive: undefined, pendingSince: 'odd' }),
          notification('e', { state: 'cleared', updatedAt: 1 }),
          {},
        ],
        rotations: [{ relayKey: 'z', status: 'failed' }, 7],
      }),
    );
    expect(totals).toEqual({
      relays: 5,
      byState: new Map([
        ['pending', 4],
        ['cleared', 1],
      ]),
      leaseActive: 3,
      oldestPendingSince: 2,
      earliestLeaseExpiry: 4,
      wanted: new Map([
        ['drive', 4],
        ['event', 1],
      ]),
      jobStatus: undefined,
      rotationStatus: new Map([['failed', 1]]),
    });
    expect([...leftOut]).toEqual([
      ['invalid', 2],
      ['duplicate', 1],
      ['cap', 0],
    ]);
    expect([badFields, rotationRows]).toEqual([1, 2]);
    const none = parsed('{"notifications":[]}').totals;
    expect([none.oldestPendingSince, none.earliestLeaseExpiry, none.leaseActive]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });

  it('of the queue come from a snapshot only', () => {
    const queue = { queueSize: 3, inflightSize: 0, updatedAt: 1500 };
    const snapshot = parsed(JSON.stringify({ relays: [], ...queue }));
    expect([snapshot.queueSize, snapshot.inflightSize, snapshot.updatedAt]).toEqual([3, 0, 1.5]);
    const odd = parsed(
      JSON.stringify({ relays: [], queueSize: -1, inflightSize: 'x', updatedAt: 0, rotations: {} }),
    );
    expect([odd.queueSize, odd.inflightSize, odd.updatedAt, odd.badFields]).toEqual([
      undefined,
      undefined,
      undefined,
      4,
    ]);
    const persisted = parsed(JSON.stringify({ notifications: [], ...queue }));
    expect([persisted.queueSize, persisted.inflightSize, persisted.updatedAt]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('of rotations come from the newest row', () => {
    const row = (status: string, attempts: unknown, more: object = {}) => ({
      relayKey: 'a',
      status,
      attempts,
      startedAt: 2000,
      ...more,
    });
    const read = (...rows: object[]) => parsed(JSON.stringify({ notifications: [], rotations: rows }));
    expect(read(row('failed', 3, { completedAt: 4000 }), row('pending', 2)).rotations).toEqual([
      { relay: 'a', status: 'failed', attempts: 3, start: 2, end: 4 },
    ]);
    const odd = read(row('failed', -3, { completedAt: 'x', startedAt: 0 }));
    expect(odd.rotations).toEqual([
      { relay: 'a', status: 'failed', attempts: undefined, start: undefined, end: undefined },
    ]);
    expect(odd.badFields).toBe(3);
  });
});

describe('the cap', () => {
  const contents = JSON.stringify({
    notifications: [
      notification('cleared', { state: 'cleared' }),
      notification('first'),
      notification('second'),
    ],
    rotations: [
      { relayKey: 'unlisted', status: 'failed' },
      { relayKey: 'second', status: 'failed' },
      { relayKey: 'cleared', status: 'failed' },
    ],
  });

  it.each([
    [0, [], []],
    [1, ['first'], []],
    [2, ['first', 'second'], ['second']],
    [3, ['cleared', 'first', 'second'], ['second', 'cleared']],
    [4, ['cleared', 'first', 'second'], ['unlisted', 'second', 'cleared']],
    [5, ['cleared', 'first', 'second'], ['unlisted', 'second', 'cleared']],
  ])(
    'of %d keeps pending relays first, then cleared ones, then those without a record',
    (cap, relays, rotations) => {
      const state = parsed(contents, cap);
      expect(state.relays.map(({ relay }) => relay)).toEqual(relays);
      expect(state.rotations.map(({ relay }) => relay)).toEqual(rotations);
      expect(state.leftOut.get('cap')).toBe(Math.max(0, 4 - cap));
      expect(state.totals.relays).toBe(3);
    },
  );
});
