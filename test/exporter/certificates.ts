import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';

/*
 * Certificates as OpenSSL would make them, made here: a test that starts no process takes part in `npm run mutate:code`. Node.js signs, but
 * has no function that writes a certificate, so this file has the part of X.509's encoding (DER) that tests need.
 */

/** A value in DER: its tag, its length and its contents. */
function der(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat(contents.map((part) => Buffer.from(part as string)));
  const { length: n } = bytes;
  // In as few bytes as possible.
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), bytes]);
}
const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const commonName = (name: string) => sequence(der(0x31, sequence(oid('550403'), der(0x0c, name))));
/** In UTC, as `261127000000Z`. */
const time = (ms: number) => der(0x17, `${new Date(ms).toISOString().slice(2, 19).replace(/\D/g, '')}Z`);
const extension = (id: string, value: Buffer) => sequence(oid(id), der(0x04, value));

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const DAY_MS = 86_400_000;

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // In hexadecimal groups, also where the end is written as an IPv4 address.
  const [before = '', after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text = '') => text.split(':').filter(Boolean);
  const missing = 8 - groups(before).length - groups(after).length;
  const all = [...groups(before), ...Array<string>(missing).fill('0'), ...groups(after)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** A name as OpenSSL writes it in `subjectAltName`; one without a kind is a DNS name. */
function generalName(text: string): Buffer {
  const [, kind = 'DNS', name = ''] = /^(?:(DNS|IP|email|URI):)?(.*)$/s.exec(text) ?? [];
  if (kind === 'IP') return der(0x87, addressBytes(name));
  return der({ DNS: 0x82, email: 0x81, URI: 0x86 }[kind] ?? 0, name);
}

function write(folder: string, name: string, signer: string, extensions: Buffer): void {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.key`), key);
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const certificate = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ECDSA_WITH_SHA256,
    commonName(signer),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + 2 * DAY_MS)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extensions)),
  );
  const signature = sign(
    'sha256',
    certificate,
    createPrivateKey(readFileSync(join(folder, `${signer}.key`))),
  );
  const whole = sequence(certificate, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  writeFileSync(join(folder, `${name}.crt`), pem);
}

/** Makes a CA, `<name>.crt` and `<name>.key` in PEM form. */
export async function makeCa(folder: string, name: string): Promise<void> {
  const isCa = sequence(der(0x01, Buffer.from([0xff])));
  write(folder, name, name, extension('551d13', isCa));
}

/**
 * Makes a certificate for 127.0.0.1 and localhost that the CA has signed, `<name>.crt` and `<name>.key`.
 *
 * @param alternativeName one more name, as OpenSSL writes it; a name without a kind is a DNS name
 */
export async function makeCertificate(
  folder: string,
  ca: string,
  name: string,
  alternativeName = `${name}.example.org`,
): Promise<void> {
  const names = ['IP:127.0.0.1', 'DNS:localhost', alternativeName].map(generalName);
  write(folder, name, ca, extension('551d11', sequence(...names)));
}
