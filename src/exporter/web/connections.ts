import type { Socket } from 'node:net';

/** Far more than Prometheus servers and people need, and within the usual limit of open files. */
export const MAX_CONNECTIONS = 512;

interface Connection {
  readonly socket: Socket;
  /** Requests whose answer has not been taken completely. */
  unanswered: number;
  /** Those of them whose client may see the metrics. */
  admitted: number;
}

/** The same for a connection and for the TLS socket on top of it. */
const idOf = ({ remoteAddress, remotePort, localPort }: Socket) =>
  `${remoteAddress} ${remotePort} ${localPort}`;

/**
 * The open connections with their requests. Their number is bounded without locking anyone out: beyond the limit, the connection that has
 * been idle longest makes room for the new one. A connection is idle while it has no admitted request.
 */
export class Connections {
  /** Among the idle ones, the longest idle first. */
  readonly #open = new Map<string, Connection>();

  /** @param onLimit called with what is done about it */
  constructor(private readonly onLimit: (action: string) => void) {}

  add(socket: Socket): void {
    if (this.#open.size >= MAX_CONNECTIONS) {
      const idle = [...this.#open].find(([, { admitted }]) => admitted === 0);
      this.onLimit(idle === undefined ? 'new connection refused' : 'idle connection closed');
      (idle?.[1].socket ?? socket).destroy();
      if (idle === undefined) return;
      this.#open.delete(idle[0]);
    }
    const [id, connection] = [idOf(socket), { socket, unanswered: 0, admitted: 0 }];
    this.#open.set(id, connection);
    socket.once('close', () => this.#open.get(id) === connection && this.#open.delete(id));
  }

  /** How many requests the open connections have. */
  requests(kind: 'unanswered' | 'admitted'): number {
    return [...this.#open.values()].reduce((sum, connection) => sum + connection[kind], 0);
  }

  /** Counts a request until its connection is closed, or the function returned is called. */
  count(socket: Socket, kind: 'unanswered' | 'admitted'): () => void {
    const id = idOf(socket);
    const connection = this.#open.get(id);
    if (connection === undefined) return () => {};
    connection[kind] += 1;
    return () => {
      connection[kind] -= 1;
      if (this.#open.get(id) !== connection) return;
      this.#open.delete(id);
      this.#open.set(id, connection);
    };
  }

  /** Closes all connections at once. */
  close(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }
}
