import { constants, crc32, deflateRawSync } from 'node:zlib';
import type { Page } from './page.js';

/*
 * An answer is a page that only changes with the file and may have megabytes, and a few lines that change at every scrape. A gzip stream is
 * a sequence of blocks: those of the page are compressed once, family by family, and the few lines are appended.
 */

/** Bytes to be sent one after the other. */
export type Body = readonly Buffer[];

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
// Most of the text is keys, which no level makes shorter.
const FAST = { level: constants.Z_BEST_SPEED };
// Deflate blocks, none of them marked as the last.
const OPEN = { ...FAST, finishFlush: constants.Z_SYNC_FLUSH };
// A few kilobytes at every scrape: most of the time would be spent on allocating memory for more.
const SHORT = { ...FAST, windowBits: 12, memLevel: 4 };

// The families of a smaller page compress better together. Bytes.
const SMALL = 262_144;

function cached<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const values = new WeakMap<K, V>();
  return (key) => {
    const value = values.get(key) ?? make(key);
    values.set(key, value);
    return value;
  };
}

const blocks = cached((bytes: Buffer) => deflateRawSync(bytes, OPEN));

/** The beginning of a gzip stream, to which more is appended. */
const beginning = cached((families: Page['families']) => {
  const whole = Buffer.concat(families);
  const pieces = whole.length > SMALL ? families : [whole];
  return { bytes: Buffer.concat([HEADER, ...pieces.map(blocks)]), crc: crc32(whole), length: whole.length };
});

/** A gzip stream of a page followed by `rest`. The page is compressed once. */
export function gzipped({ families }: Pick<Page, 'families'>, rest: Buffer): Body {
  const { bytes, crc, length } = beginning(families);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(rest, crc));
  trailer.writeUInt32LE((length + rest.length) % 2 ** 32, 4);
  return [bytes, deflateRawSync(rest, SHORT), trailer];
}
