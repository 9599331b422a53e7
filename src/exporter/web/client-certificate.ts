import { isIP, SocketAddress } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsConfig } from './tls.js';

/** A name in one form: addresses are compared as addresses, and an IPv4 address in IPv6 form is that IPv4 address. */
function canonical(name: string): string {
  if (isIP(name) === 0 || name.includes('%')) return name;
  const { address } = new SocketAddress({ address: name, family: isIP(name) === 4 ? 'ipv4' : 'ipv6' });
  return address.replace(/^::ffff:(?=.*\.)/, '');
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
  const names = alternativeNames(certificate.subjectAltName).map(canonical);
  const isAllowed = allowedSans?.some((allowed) => names.includes(canonical(allowed))) ?? true;
  return isAllowed ? undefined : 'client certificate without an allowed name';
}
