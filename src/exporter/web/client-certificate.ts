import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsConfig } from './web-config.js';

/** An address in one form: IPv6 compressed, IPv4 in IPv6 as IPv4. Anything else is returned as it is. */
function canonical(name: string): string {
  if (!isIPv6(name) || name.includes('%')) return name;
  const { hostname } = new URL(`http://[${name}]/`);
  const [, high, low] = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(hostname) ?? [];
  if (high === undefined || low === undefined) return hostname;
  const bytes = Buffer.from(high.padStart(4, '0') + low.padStart(4, '0'), 'hex');
  return bytes.join('.');
}

/** The DNS names, addresses, e-mail addresses and URIs in a certificate's `subjectAltName`, as Node.js writes it. */
function alternativeNames(subjectAltName = ''): string[] {
  // A name with a comma or a quotation mark is quoted like a JSON string.
  const entries = subjectAltName.matchAll(/(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...entries].flatMap(([, kind = '', value = '']) => {
    if (!['DNS', 'IP Address', 'email', 'URI'].includes(kind)) return [];
    return canonical(value.startsWith('"') ? (JSON.parse(value) as string) : value);
  });
}

/** Why a client that has finished its handshake is refused, or undefined. */
export function clientRefusal(socket: TLSSocket, { clientAuth, allowedSans }: TlsConfig): string | undefined {
  if (clientAuth === 'NoClientCert') return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    return clientAuth.startsWith('Require') ? 'no client certificate' : undefined;
  if (clientAuth.includes('Verify') && !socket.authorized) {
    return `client certificate not valid (${socket.authorizationError})`;
  }
  const names = alternativeNames(certificate.subjectAltName);
  const isAllowed = allowedSans?.some((name) => names.includes(canonical(name))) ?? true;
  return isAllowed ? undefined : 'client certificate without an allowed name';
}
