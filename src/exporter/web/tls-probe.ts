import { Duplex, PassThrough } from 'node:stream';
import { connect, createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';

/**
 * Tries a TLS handshake in memory, with a server of these options and a client of Node's defaults: what OpenSSL refuses only when a client
 * comes (versions, suites that do not fit the certificate, curves) is known when the configuration is loaded.
 *
 * @returns the reason why no client can connect, or undefined
 */
export async function handshakeProblem(options: TlsOptions): Promise<string | undefined> {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const ends = [Duplex.from({ readable: up, writable: down }), Duplex.from({ readable: down, writable: up })];
  // They are aborted at the end.
  for (const end of ends) end.on('error', () => {});
  const [serverEnd, clientEnd] = ends as [Duplex, Duplex];
  const sockets: TLSSocket[] = [];
  try {
    const secureContext = createSecureContext(options);
    const server = new TLSSocket(serverEnd as never, { isServer: true, secureContext });
    const client = connect({ socket: clientEnd, rejectUnauthorized: false });
    sockets.push(server, client);
    return await new Promise<string | undefined>((resolve) => {
      server.once('secure', () => resolve(undefined));
      for (const socket of sockets) {
        socket.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => resolve(code));
        socket.once('close', () => resolve('connection closed'));
      }
    });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  } finally {
    for (const stream of [...sockets, ...ends, up, down]) stream.destroy();
  }
}
