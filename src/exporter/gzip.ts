import { constants, gzip } from 'node:zlib';

/*
 * A scrape's answer is a few lines that change every time (how long it took, when the file was read) and a part that only changes
 * with the file and may have megabytes. The large part is compressed once. Since a gzip stream may begin with blocks that are stored as
 * they are, the small part is put in front of it without compressing anything; the checksum of the two is computed from theirs.
 */

/** Text that was compressed, as a piece of a gzip stream. */
export interface Compressed {
  /** A complete deflate stream, without gzip's header and trailer. */
  readonly deflated: Buffer;
  readonly crc: number;
  /** Bytes before compression. */
  readonly length: number;
}

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const TRAILER_LENGTH = 8;
const MAX_STORED = 0xffff;
const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** CRC-32 as gzip uses it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

type Matrix = readonly number[];

/** What a CRC becomes under a linear operation; row n is what bit n becomes. */
function apply(matrix: Matrix, vector: number): number {
  let sum = 0;
  for (let bit = 0; bit < 32; bit += 1) if ((vector >>> bit) & 1) sum ^= matrix[bit] as number;
  return sum >>> 0;
}

const twice = (matrix: Matrix): Matrix => matrix.map((row) => apply(matrix, row));

/** What a CRC becomes when a zero byte follows, two, four, eight ... */
const ZEROS: readonly Matrix[] = (() => {
  const zeroBit: Matrix = Array.from({ length: 32 }, (_, bit) => (bit === 0 ? POLYNOMIAL : 2 ** (bit - 1)));
  const powers = [twice(twice(twice(zeroBit)))];
  while (powers.length < 40) powers.push(twice(powers.at(-1) as Matrix));
  return powers;
})();

/** The CRC-32 of two pieces one after the other, from the CRC of each and the length of the second in bytes. */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  let crc = first;
  for (let power = 0, left = secondLength; left > 0; power += 1, left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = apply(ZEROS[power] as Matrix, crc);
  }
  return (crc ^ second) >>> 0;
}

/** Compresses the large part; not on the main thread. Level 1: the text repeats itself so much that more gains little. */
export function compress(bytes: Buffer): Promise<Compressed> {
  const chunkSize = Math.min(1 << 20, Math.max(1 << 14, bytes.length >> 3));
  return new Promise((resolve, reject) => {
    gzip(bytes, { level: constants.Z_BEST_SPEED, chunkSize }, (error, compressed) => {
      if (error !== null) return reject(error);
      const end = compressed.length - TRAILER_LENGTH;
      resolve({
        // zlib's own header has neither name nor comment, so it is as long as ours.
        deflated: compressed.subarray(HEADER.length, end),
        crc: compressed.readUInt32LE(end),
        length: bytes.length,
      });
    });
  });
}

/** A gzip stream of `head` followed by what was compressed, in pieces to be sent one after the other. */
export function gzipStream(head: Buffer, body: Compressed): readonly Buffer[] {
  const pieces: Buffer[] = [HEADER];
  for (let at = 0; at < head.length; at += MAX_STORED) {
    const stored = head.subarray(at, at + MAX_STORED);
    const block = Buffer.alloc(5);
    block.writeUInt16LE(stored.length, 1);
    block.writeUInt16LE(stored.length ^ 0xffff, 3);
    pieces.push(block, stored);
  }
  const trailer = Buffer.alloc(TRAILER_LENGTH);
  trailer.writeUInt32LE(combineCrc32(crc32(head), body.crc, body.length), 0);
  trailer.writeUInt32LE((head.length + body.length) % 2 ** 32, 4);
  pieces.push(body.deflated, trailer);
  return pieces;
}
