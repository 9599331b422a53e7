import type { Socket } from 'node:net';

/** Far more than Prometheus servers and people need, and within the usual limit of open files. */
export const MAX_CONNECTIONS = 512;

/** The same for a connection and for the TLS socket on top of it. */
const idOf = ({ remoteAddress, remotePort, localPort }: Socket) =>
  `${remoteAddress} ${remotePort} ${localPort}`;

/**
 * Bounds the number of open connections without locking anyone out: beyond the limit, the connection that has been idle longest makes room
 * for the new one. A connection is idle while it has no request, or one whose password has not been verified.
 */
export class Connections {
  /** Among the idle ones, the longest idle first. */
  readonly #open = new Map<string, { readonly socket: Socket; isBusy: boolean }>();

  /** @param onLimit called with what is done about it */
  constructor(private readonly onLimit: (action: string) => void) {}

  /** Whether a request is being answered. */
  get isBusy(): boolean {
    return [...this.#open.values()].some(({ isBusy }) => isBusy);
  }

  add(socket: Socket): void {
    if (this.#open.size >= MAX_CONNECTIONS) {
      const idle = [...this.#open].find(([, { isBusy }]) => !isBusy);
      this.onLimit(idle === undefined ? 'new connection refused' : 'idle connection closed');
      (idle?.[1].socket ?? socket).destroy();
      if (idle === undefined) return;
      this.#open.delete(idle[0]);
    }
    const [id, connection] = [idOf(socket), { socket, isBusy: false }];
    this.#open.set(id, connection);
    socket.once('close', () => this.#open.get(id) === connection && this.#open.delete(id));
  }

  /** Closes all connections at once. */
  close(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  /** Marks a connection as busy; the function returned marks it as idle again. */
  busy(socket: Socket): () => void {
    const id = idOf(socket);
    const connection = this.#open.get(id);
    if (connection === undefined || connection.isBusy) return () => {};
    connection.isBusy = true;
    return () => {
      connection.isBusy = false;
      if (this.#open.delete(id)) this.#open.set(id, connection);
    };
  }
}
