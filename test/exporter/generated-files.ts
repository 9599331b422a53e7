import fc from 'fast-check';

/* State files as a worker, an operator's editor, a crash or an enemy would make them. */

const relay = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '4045d2ef356c7f670dc70f1d0f6b88efc5722dcff2faafe050d63ad5135ea8c0',
      'public-gateway:hyperbee',
      'unknown',
      '__proto__',
      'constructor',
      '"',
      '\\',
      '\n',
      '\\n"} 1\n# EOF\n',
      '\n    },\n    {',
      'é 漢字 😀',
      '\ud800',
      'nul\0',
      '',
      'x'.repeat(257),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
);

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    0,
    -0,
    -1,
    1e308,
    -1e308,
    1e-320,
    1e14,
    99_999_999_999_999,
    0.1,
    true,
    false,
    '',
    [],
    {},
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

const mostly = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: junk });

const time = mostly(fc.integer({ min: 1_767_226_200_000, max: 1_767_226_210_000 }));
const count = mostly(fc.nat({ max: 5 }));

const lease = mostly(
  fc.oneof(
    fc.constant(null),
    fc.record(
      { leaseId: fc.constant('lease'), expiresAt: time, issuedAt: time, version: count },
      { requiredKeys: [] },
    ),
  ),
);

const record = mostly(
  fc.record(
    {
      relayKey: mostly(relay),
      state: mostly(fc.constantFrom('pending', 'pending', 'cleared')),
      status: mostly(
        fc.constantFrom('idle', 'queued', 'in-progress', 'completed', 'error', 'cleared', 'novel'),
      ),
      types: mostly(
        fc.array(mostly(fc.constantFrom('drive', 'autobase', 'event', 'novel')), { maxLength: 4 }),
      ),
      driveVersion: count,
      lease,
      leaseVersion: count,
      leaseActive: mostly(fc.boolean()),
      peerKey: fc.constant('peer'),
      updatedAt: time,
      pendingSince: time,
      novel: junk,
    },
    { requiredKeys: ['relayKey', 'state'] },
  ),
);

const rotation = mostly(
  fc.record(
    {
      rotationId: fc.constantFrom('rotation-1', 'rotation-2'),
      relayKey: mostly(relay),
      status: mostly(fc.constantFrom('pending', 'completed', 'failed', 'novel')),
      attempts: count,
      startedAt: mostly(fc.integer({ min: 1_767_226_200_000, max: 1_767_226_200_003 })),
      completedAt: time,
      error: junk,
    },
    { requiredKeys: ['relayKey', 'status'] },
  ),
);

const rotations = mostly(fc.array(rotation, { maxLength: 8 }));
const records = mostly(fc.array(record, { maxLength: 6 }));

const file: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ notifications: records, rotations }) },
  { weight: 2, arbitrary: fc.record({ notifications: records }) },
  {
    weight: 4,
    arbitrary: fc.record(
      {
        updatedAt: time,
        queueSize: count,
        inflightSize: count,
        relays: records,
        rotations,
        notifications: junk,
      },
      { requiredKeys: ['relays'] },
    ),
  },
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: junk },
);

const text = fc
  .tuple(file, fc.constantFrom(2, 2, 2, 2, 0, 1, 4, '\t'))
  .map(([value, indent]) => Buffer.from(JSON.stringify(value, null, indent)));

const cut = (bytes: Buffer, share: number) => Math.floor(bytes.length * share);
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** The bytes of a state file: most of them whole, the others torn, spliced, or damaged. */
export const generatedFile: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 12, arbitrary: text },
  { weight: 1, arbitrary: fc.tuple(text, share).map(([bytes, at]) => bytes.subarray(0, cut(bytes, at))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(text, text, share)
      .map(([a, b, at]) =>
        Buffer.concat([a.subarray(0, cut(a, at)), b.subarray(Math.min(b.length, cut(a, at)))]),
      ),
  },
  {
    weight: 1,
    // Two versions cut at the end of a record: whole records, in a file that nobody wrote.
    arbitrary: fc.tuple(text, text).map(([a, b]) => {
      const end = '\n    },\n';
      const [from, to] = [a.indexOf(end), b.lastIndexOf(end)];
      return from < 0 || to < 0 ? a : Buffer.concat([a.subarray(0, from), b.subarray(to)]);
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(text, share, fc.nat({ max: 255 })).map(([bytes, at, byte]) => {
      const damaged = Buffer.from(bytes);
      if (damaged.length > 0) damaged[Math.min(damaged.length - 1, cut(damaged, at))] = byte;
      return damaged;
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        text,
        fc.constantFrom(
          '}',
          ']',
          ',',
          '\n',
          '\n    },\n    {',
          '"rotations": []',
          '"notifications": [],',
          '\0',
          '\uFEFF',
        ),
        share,
      )
      .map(([bytes, inserted, at]) =>
        Buffer.concat([
          bytes.subarray(0, cut(bytes, at)),
          Buffer.from(inserted),
          bytes.subarray(cut(bytes, at)),
        ]),
      ),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
);

/** A record as it is written, and what happens to the list of them from one version to the next. */
const edit = fc.record({
  at: share,
  kind: fc.constantFrom(
    'change',
    'change',
    'change',
    'insert',
    'remove',
    'move',
    'repeat',
    'drop-all',
    'nothing',
  ),
  relay: fc.nat({ max: 30 }),
  version: fc.nat({ max: 3 }),
});

/** Versions of one file, each made from the one before by a few edits, in the worker's layout. Some records are the same byte for byte. */
export const generatedVersions: fc.Arbitrary<readonly Buffer[]> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 3 })), { maxLength: 40 }),
    fc.nat({ max: 250 }),
    fc.array(fc.array(edit, { maxLength: 3 }), { minLength: 1, maxLength: 8 }),
  )
  .map(([few, many, versions]) => {
    // Enough records for several steps and blocks.
    let records: (readonly [number, number])[] = [
      ...few,
      ...Array.from({ length: many }, (_, i) => [100 + i, 0] as const),
    ];
    const write = () =>
      Buffer.from(
        JSON.stringify(
          {
            notifications: records.map(([relay, version]) => ({
              relayKey: `relay-${relay}`,
              state: version % 2 === 0 ? 'pending' : 'cleared',
              types: ['drive', 'event'].slice(0, version),
              driveVersion: version * 999,
              updatedAt: 1_767_226_200_000 + version,
              lease: version === 3 ? null : { expiresAt: 1_767_226_200_000 },
            })),
            rotations: [{ relayKey: 'relay-1', status: 'failed', attempts: records.length }],
          },
          null,
          2,
        ),
      );
    return [
      write(),
      ...versions.map((edits) => {
        for (const { at, kind, relay, version } of edits) {
          const index = Math.min(records.length - 1, Math.floor(at * records.length));
          const next = [...records];
          if (kind === 'change' && index >= 0) next[index] = [next[index]?.[0] ?? relay, version];
          if (kind === 'insert') next.splice(index, 0, [relay, version]);
          if (kind === 'remove') next.splice(index, 1 + version * 20);
          if (kind === 'move') next.push(...next.splice(index, 1));
          if (kind === 'repeat') next.splice(index, 0, ...next.slice(index, index + 1 + version * 2));
          if (kind === 'drop-all') next.splice(version);
          records = next;
        }
        return write();
      }),
    ];
  });
