import { promisify } from 'node:util';
import {
  constants,
  crc32,
  deflateRaw as deflateRawCallback,
  deflateRawSync,
  type ZlibOptions,
} from 'node:zlib';
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

// Bytes.
const SMALL = 262_144;

const deflateRaw = promisify<Buffer, ZlibOptions, Buffer>(deflateRawCallback);
const blocksOf = new WeakMap<RenderedFamily, Promise<Buffer>>();
const startOf = new WeakMap<Page, Promise<Start>>();

/** The beginning of a gzip stream, to which more is appended. */
interface Start {
  readonly bytes: Buffer;
  readonly crc: number;
  /** Bytes before compression. */
  readonly length: number;
}

/** Deflate blocks, none of them marked as the last; made off the main thread. */
function deflated(family: RenderedFamily): Promise<Buffer> {
  const blocks =
    blocksOf.get(family) ?? deflateRaw(family.bytes, { ...FAST, finishFlush: constants.Z_SYNC_FLUSH });
  blocksOf.set(family, blocks);
  return blocks;
}

async function begun({ families }: Page): Promise<Start> {
  const length = families.reduce((length, { bytes }) => length + bytes.length, 0);
  // The families of a small page compress better together, and one is not worth keeping.
  const pieces = length > SMALL ? families : [{ bytes: Buffer.concat(families.map(({ bytes }) => bytes)) }];
  const blocks = await Promise.all(pieces.map(deflated));
  const crc = families.reduce((crc, { bytes }) => crc32(bytes, crc), 0);
  return { bytes: Buffer.concat([HEADER, ...blocks]), crc, length };
}

/** A gzip stream of a page followed by `rest`. */
export async function gzipped(page: Page, rest: Buffer): Promise<Body> {
  const start = startOf.get(page) ?? begun(page);
  startOf.set(page, start);
  const { bytes, crc, length } = await start;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(rest, crc));
  trailer.writeUInt32LE((length + rest.length) % 2 ** 32, 4);
  return [bytes, deflateRawSync(rest, SHORT), trailer];
}
