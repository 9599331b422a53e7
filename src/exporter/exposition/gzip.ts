import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

/*
 * A scrape's answer is a few lines that change every time (how long it took, when the file was read) and a part that only changes
 * with the file and may have megabytes, of which mostly little changes. A gzip stream is a sequence of blocks, and may begin with some that
 * are stored as they are: the small part is put in front without compressing it, and of the large part only those pieces are
 * compressed that were not compressed before. The checksum of the whole is computed from those of its pieces.
 */

/** Text that was compressed, as a part of a gzip stream. */
export interface Compressed {
  /** Deflate blocks, none of them marked as the last. */
  readonly blocks: readonly Buffer[];
  readonly crc: number;
  /** Bytes before compression. */
  readonly length: number;
}

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const TRAILER_LENGTH = 8;
// An empty block that is marked as the last.
const LAST_BLOCK = Buffer.from([0x03, 0x00]);
const MAX_STORED = 0xffff;
const POLYNOMIAL = 0xedb88320;

let table: Uint32Array | undefined;

function crc32InJavaScript(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** CRC-32 as gzip uses it. Node.js has it since 20.15 only. */
export const crc32: (bytes: Uint8Array) => number =
  (zlib as { crc32?: (bytes: Uint8Array) => number }).crc32 ?? crc32InJavaScript;

type Matrix = readonly number[];

/** What a CRC becomes under a linear operation; row n is what bit n becomes. */
function apply(matrix: Matrix, vector: number): number {
  let sum = 0;
  for (let bit = 0; bit < 32; bit += 1) if ((vector >>> bit) & 1) sum ^= matrix[bit] as number;
  return sum >>> 0;
}

const twice = (matrix: Matrix): Matrix => matrix.map((row) => apply(matrix, row));

/** What a CRC becomes when a zero byte follows, two, four, eight ... Made when it is needed: not every exporter compresses. */
const zeros: Matrix[] = [];

function zerosToThe(power: number): Matrix {
  if (zeros.length === 0) {
    const zeroBit = Array.from({ length: 32 }, (_, bit) => (bit === 0 ? POLYNOMIAL : 2 ** (bit - 1)));
    zeros.push(twice(twice(twice(zeroBit))));
  }
  while (zeros.length <= power) zeros.push(twice(zeros.at(-1) as Matrix));
  return zeros[power] as Matrix;
}

/** The CRC-32 of two pieces one after the other, from the CRC of each and the length of the second in bytes. */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  let crc = first;
  for (let power = 0, left = secondLength; left > 0; power += 1, left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = apply(zerosToThe(power), crc);
  }
  return (crc ^ second) >>> 0;
}

// Far more than deflate looks back, so that little is lost, and little enough that a change of one relay is cheap.
const PIECE_LENGTH = 128 * 1024;

const deflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.deflateRaw);

/** A part of a text. */
export interface Part {
  /** Of its own in the text: what has the same name in two versions is compared. */
  readonly name: string;
  /** Not to be changed. */
  readonly bytes: Buffer;
}

interface CompressedPart {
  readonly bytes: Buffer;
  /** For every {@link PIECE_LENGTH} bytes. */
  readonly pieces: readonly { readonly blocks: Buffer; readonly crc: number; readonly length: number }[];
}

/** Compresses one version of a text after the other, and of each only what is new. */
export class Compressor {
  #parts: ReadonlyMap<string, CompressedPart> = new Map();

  /** Not on the main thread. */
  async compress(parts: readonly Part[]): Promise<Compressed> {
    const known = this.#parts;
    const compressed = await Promise.all(
      parts.map(async ({ name, bytes }) => [name, await compressPart(bytes, known.get(name))] as const),
    );
    this.#parts = new Map(compressed);
    const pieces = compressed.flatMap(([, part]) => part.pieces);
    let crc = 0;
    let length = 0;
    for (const piece of pieces) {
      crc = combineCrc32(crc, piece.crc, piece.length);
      length += piece.length;
    }
    return { blocks: pieces.map(({ blocks }) => blocks), crc, length };
  }
}

async function compressPart(bytes: Buffer, before: CompressedPart | undefined): Promise<CompressedPart> {
  if (before?.bytes === bytes) return before;
  const count = Math.ceil(bytes.length / PIECE_LENGTH);
  const pieces = await Promise.all(
    Array.from({ length: count }, async (_, k) => {
      const piece = bytes.subarray(k * PIECE_LENGTH, (k + 1) * PIECE_LENGTH);
      const old = before?.pieces[k];
      if (
        old?.length === piece.length &&
        before?.bytes.subarray(k * PIECE_LENGTH, k * PIECE_LENGTH + old.length).equals(piece) === true
      ) {
        return old;
      }
      // Level 1: the rest of the text is made of keys, which no level makes shorter.
      const blocks = await deflateRaw(piece, {
        level: zlib.constants.Z_BEST_SPEED,
        finishFlush: zlib.constants.Z_SYNC_FLUSH,
        chunkSize: 64 * 1024,
      });
      return { blocks, crc: crc32(piece), length: piece.length };
    }),
  );
  return { bytes, pieces };
}

// Up to here copying is cheaper than handing over many small pieces. Bytes.
const MOST_JOINED = 1_048_576;

/** The same in one piece, where it is short. */
export function joined(compressed: Compressed): Compressed {
  const length = compressed.blocks.reduce((sum, block) => sum + block.length, 0);
  return length > MOST_JOINED ? compressed : { ...compressed, blocks: [Buffer.concat(compressed.blocks)] };
}

/** A gzip stream of `head` followed by what was compressed, in pieces to be sent one after the other. */
export function gzipStream(head: Buffer, body: Compressed): readonly Buffer[] {
  const begin: Buffer[] = [HEADER];
  for (let at = 0; at < head.length; at += MAX_STORED) {
    const stored = head.subarray(at, at + MAX_STORED);
    const block = Buffer.alloc(5);
    block.writeUInt16LE(stored.length, 1);
    block.writeUInt16LE(stored.length ^ 0xffff, 3);
    begin.push(block, stored);
  }
  const end = Buffer.alloc(LAST_BLOCK.length + TRAILER_LENGTH);
  LAST_BLOCK.copy(end);
  end.writeUInt32LE(combineCrc32(crc32(head), body.crc, body.length), LAST_BLOCK.length);
  end.writeUInt32LE((head.length + body.length) % 2 ** 32, LAST_BLOCK.length + 4);
  return [Buffer.concat(begin), ...body.blocks, end];
}
