import { constants, crc32, deflateRawSync } from 'node:zlib';
import { perObject } from '../per-object.js';
import type { Page } from './page.js';

// An answer is a page that only changes with the file and may have megabytes, and a few lines that change at every scrape. A gzip stream is
// a sequence of blocks: those of the page are compressed once, family by family, and the few lines are appended as they are, since compressing
// them at every scrape would take longer than sending them.

/** Bytes to be sent one after the other. */
export type Body = readonly Buffer[];

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
// Deflate blocks, none of them marked as the last. Most of the text is keys, which no level makes shorter.
const OPEN = { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH };
// The families of a smaller page compress better together. Bytes.
const SMALL = 262_144;

const blocks = perObject((bytes: Buffer) => deflateRawSync(bytes, OPEN));

/** The beginning of a gzip stream, to which more is appended. */
const beginning = perObject((families: Page['families']) => {
  const whole = Buffer.concat(families);
  const pieces = whole.length > SMALL ? families : [whole];
  return { bytes: Buffer.concat([HEADER, ...pieces.map(blocks)]), crc: crc32(whole), length: whole.length };
});

/** A gzip stream of a page followed by `rest`, at most 65,535 bytes. The page is compressed once. */
export function gzipped({ families }: Pick<Page, 'families'>, rest: Buffer): Body {
  const { bytes, crc, length } = beginning(families);
  // The last block: stored, with its length and the complement of that.
  const block = Buffer.alloc(5, 1);
  block.writeUInt16LE(rest.length, 1);
  block.writeUInt16LE(0xffff - rest.length, 3);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(rest, crc));
  trailer.writeUInt32LE((length + rest.length) % 2 ** 32, 4);
  return [bytes, Buffer.concat([block, rest, trailer])];
}
