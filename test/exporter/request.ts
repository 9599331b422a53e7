import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** Serial number of the server's certificate, with TLS. */
  readonly serial: string | undefined;
}

/** One request over a connection of its own. Rejects where there is no answer. */
export function get(url: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    send(url, { agent: false, ...options }, (response) => {
      const socket = response.socket as TLSSocket;
      const serial = socket.getPeerCertificate?.()?.serialNumber;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        resolve({
          status: response.statusCode as number,
          headers: response.headers,
          body,
          text: body.toString(),
          serial,
        });
      });
    })
      .on('error', reject)
      .end();
  });
}
