import type { Socket } from 'node:net';

/** Far more than Prometheus servers and people need, and within the usual limit of open files. */
export const MAX_CONNECTIONS = 512;

/** The same for a connection and for the TLS socket on top of it. */
const idOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;

/**
 * Bounds the number of open connections without locking anyone out: beyond the limit, the connection that has been idle longest makes room
 * for the new one. A connection is idle while it has no request, or one whose password has not been verified.
 */
export class Connections {
  /** The longest idle first. */
  readonly #idle = new Map<string, Socket>();
  readonly #busy = new Map<string, Socket>();

  /** @param onLimit called with what is done about it */
  constructor(private readonly onLimit: (action: string) => void) {}

  add(socket: Socket): void {
    const id = idOf(socket);
    if (this.#idle.size + this.#busy.size >= MAX_CONNECTIONS) {
      const [[oldestId, oldest] = [id, socket]] = this.#idle;
      this.onLimit(oldest === socket ? 'new connection refused' : 'idle connection closed');
      this.#idle.delete(oldestId);
      oldest.destroy();
      if (oldest === socket) return;
    }
    this.#idle.set(id, socket);
    socket.once('close', () => {
      for (const sockets of [this.#idle, this.#busy]) if (sockets.get(id) === socket) sockets.delete(id);
    });
  }

  /** Marks a connection as busy; the function returned marks it as idle again. */
  busy(socket: Socket): () => void {
    const id = idOf(socket);
    const connection = this.#idle.get(id);
    if (connection === undefined) return () => {};
    this.#idle.delete(id);
    this.#busy.set(id, connection);
    return () => void (this.#busy.delete(id) && this.#idle.set(id, connection));
  }
}
