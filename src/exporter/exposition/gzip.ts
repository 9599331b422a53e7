import { constants, crc32, deflateRawSync } from 'node:zlib';
import type { Page, RenderedFamily } from './page.js';

/*
 * An answer is a page that only changes with the file and may have megabytes, and a few lines that change at every scrape. A gzip stream is
 * a sequence of blocks: those of the page are compressed once, family by family, and the few lines are appended.
 */

/** Bytes to be sent one after the other. */
export type Body = readonly Buffer[];

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
// Most of the text is keys, which no level makes shorter.
const FAST = { level: constants.Z_BEST_SPEED };
// A few kilobytes at every scrape: most of the time would be spent on allocating memory for more.
const SHORT = { ...FAST, windowBits: 12, memLevel: 4 };
// Deflate blocks, none of them marked as the last.
const OPEN = { ...FAST, finishFlush: constants.Z_SYNC_FLUSH };

// Bytes.
const SMALL = 262_144;

const blocksOf = new WeakMap<RenderedFamily, Buffer>();
const startOf = new WeakMap<Page, ReturnType<typeof begun>>();

function cached<K extends object, V>(cache: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const value = cache.get(key) ?? make(key);
  cache.set(key, value);
  return value;
}

/** The beginning of a gzip stream, to which more is appended. `length`: bytes before compression. */
function begun({ families }: Page) {
  const length = families.reduce((length, { bytes }) => length + bytes.length, 0);
  // The families of a small page compress better together, and one is not worth keeping.
  const pieces = length > SMALL ? families : [{ bytes: Buffer.concat(families.map(({ bytes }) => bytes)) }];
  const blocks = pieces.map((piece) => cached(blocksOf, piece, ({ bytes }) => deflateRawSync(bytes, OPEN)));
  const crc = families.reduce((crc, { bytes }) => crc32(bytes, crc), 0);
  return { bytes: Buffer.concat([HEADER, ...blocks]), crc, length };
}

/** A gzip stream of a page followed by `rest`. */
export function gzipped(page: Page, rest: Buffer): Body {
  const { bytes, crc, length } = cached(startOf, page, begun);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(rest, crc));
  trailer.writeUInt32LE((length + rest.length) % 2 ** 32, 4);
  return [bytes, deflateRawSync(rest, SHORT), trailer];
}
