import { gunzipSync } from 'node:zlib';

/** Base64, which may be compressed. */
export function decoded(value: string): string {
  const bytes = Buffer.from(value, 'base64');
  try {
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch {
    return '';
  }
}
