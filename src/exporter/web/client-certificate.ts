import { BlockList, isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsConfig } from './web-config.js';

const family = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

const isAddress = (name: string) => isIP(name) !== 0 && !name.includes('%');

/** Whether two names are the same; addresses are compared as addresses. */
function isSame(a: string, b: string): boolean {
  if (a === b || !isAddress(a) || !isAddress(b)) return a === b;
  // It treats an IPv4 address in IPv6 form as that IPv4 address, but only where it looks one up.
  return [
    [a, b],
    [b, a],
  ].some(([one = '', other = '']) => {
    const list = new BlockList();
    list.addAddress(one, family(one));
    return list.check(other, family(other));
  });
}

/** The DNS names, addresses, e-mail addresses and URIs in a certificate's `subjectAltName`, as Node.js writes it. */
function alternativeNames(subjectAltName = ''): string[] {
  // A name with a comma or a quotation mark is quoted like a JSON string.
  const entries = subjectAltName.matchAll(/(?:^|, )(?:DNS|IP Address|email|URI):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...entries].map(([, name = '']) => (name.startsWith('"') ? (JSON.parse(name) as string) : name));
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
  const isAllowed = allowedSans?.some((allowed) => names.some((name) => isSame(name, allowed))) ?? true;
  return isAllowed ? undefined : 'client certificate without an allowed name';
}
