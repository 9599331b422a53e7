import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Connections, MAX_CONNECTIONS } from '../../src/exporter/web/connections.js';

/** The connections, and the sockets made for them by the port of the client. */
function world() {
  const limits: string[] = [];
  const destroyed: number[] = [];
  const connections = new Connections((action) => limits.push(action));
  const socketOf = (remotePort: number, remoteAddress = '127.0.0.1', localPort = 9797): Socket => {
    const socket = Object.assign(new EventEmitter(), {
      remoteAddress,
      remotePort,
      localPort,
      destroy: () => destroyed.push(remotePort),
    });
    return socket as unknown as Socket;
  };
  const add = (port: number, ...more: readonly [string?, number?]) => {
    const socket = socketOf(port, ...more);
    connections.add(socket);
    return socket;
  };
  const full = () => Array.from({ length: MAX_CONNECTIONS }, (_, i) => add(i + 1));
  return { connections, limits, destroyed, socketOf, add, full };
}

describe('connections', () => {
  it('beyond 512 take the place of the one that has been idle longest', () => {
    const { limits, destroyed, add, full, connections } = world();
    expect(MAX_CONNECTIONS).toBe(512);
    const sockets = full();
    expect([limits, destroyed]).toEqual([[], []]);
    add(1001);
    expect([limits, destroyed]).toEqual([['idle connection closed'], [1]]);
    // The second has a request in progress, the third has just been answered, so the fourth goes.
    connections.count(sockets[1] as Socket, 'admitted');
    connections.count(sockets[2] as Socket, 'admitted')();
    add(1002);
    expect(destroyed).toEqual([1, 4]);
    // A request that is not admitted, such as one whose password is being checked, keeps no place.
    connections.count(sockets[4] as Socket, 'unanswered');
    add(1003);
    expect(destroyed).toEqual([1, 4, 5]);
  });

  it('are refused where every other one has a request in progress, until one ends or closes', () => {
    const { limits, destroyed, add, full, connections } = world();
    const sockets = full();
    const ends = sockets.map((socket) => connections.count(socket, 'admitted'));
    const refused = add(1001);
    expect([limits, destroyed]).toEqual([['new connection refused'], [1001]]);
    // It is none of them: what it asks is not counted.
    connections.count(refused, 'admitted')();
    expect(connections.requests('admitted')).toBe(512);
    ends[9]?.();
    add(1002);
    expect(destroyed).toEqual([1001, 10]);
    sockets[3]?.emit('close');
    add(1003);
    expect(destroyed).toEqual([1001, 10]);
    expect(connections.requests('admitted')).toBe(510);
  });

  it('count their requests of each kind until they are answered or the connection closes', () => {
    const { connections, add, socketOf } = world();
    const [a, b] = [add(1), add(2)];
    const counts = () => [connections.requests('unanswered'), connections.requests('admitted')];
    const answered = connections.count(a, 'unanswered');
    connections.count(a, 'unanswered');
    connections.count(b, 'admitted');
    expect(counts()).toEqual([2, 1]);
    // The TLS socket on top of a connection is another object with the same addresses.
    const tls = connections.count(socketOf(2), 'unanswered');
    expect(counts()).toEqual([3, 1]);
    tls();
    answered();
    expect(counts()).toEqual([1, 1]);
    a.emit('close');
    expect(counts()).toEqual([0, 1]);
  });

  it('are distinguished by the address and the ports of both ends', () => {
    const { connections, add, socketOf } = world();
    const all = [add(1), add(2), add(1, '::1'), add(1, '127.0.0.1', 9798)];
    for (const socket of all) connections.count(socket, 'admitted');
    expect(connections.requests('admitted')).toBe(4);
    connections.count(socketOf(3), 'admitted');
    expect(connections.requests('admitted')).toBe(4);
  });

  it('whose addresses are used again are not forgotten when the earlier one closes, and an answer of that one changes nothing', () => {
    const { connections, add } = world();
    const earlier = add(1);
    const answered = connections.count(earlier, 'admitted');
    const later = add(1);
    connections.count(later, 'admitted');
    earlier.emit('close');
    answered();
    expect(connections.requests('admitted')).toBe(1);
  });

  it('are all closed at once', () => {
    const { connections, destroyed, add } = world();
    for (const port of [1, 2, 3]) add(port);
    connections.close();
    expect(destroyed).toEqual([1, 2, 3]);
  });
});
