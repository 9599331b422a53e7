import { describe, expect, it } from 'vitest';
import { gatewayPendingWrites } from '../../metrics/gateway.js';
import { AWAY_WITH_LEASE, Play } from './play.js';

const WRITE_AND_RETURN = [
  ...AWAY_WITH_LEASE,
  { at: '2m', do: 'a write arrives' },
  { at: '3m', do: 'worker comes back' },
] as const;

describe('relays that leave and come back', () => {
  it('are pushed to nobody and lose their registration, and their gauge stays', () => {
    const play = new Play([...WRITE_AND_RETURN, { at: '150s', do: 'relays leave' }]).to(600);
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
    expect(play.world.ledger.times('push delivered', 0)).toEqual([]);
    expect(play.world.registrations.get(play.world.relays[0] as never)).toBeUndefined();
  });

  it('are registered and rotated when they are back', () => {
    const { world } = new Play([{ at: '1m', do: 'relays leave', for: '1m' }]).to(300);
    const [relay] = world.relays;
    if (relay === undefined) throw new Error('the play has a relay');
    expect(world.registrations.get(relay)).toBeDefined();
    expect(world.workers[0]?.worker.knows(relay).rotation).toBe('completed');
  });
});

describe('the ledger', () => {
  it('notes what happened to a relay, in the order in which it did', () => {
    const { ledger } = new Play(WRITE_AND_RETURN).to(600).world;
    const first = (event: Parameters<typeof ledger.times>[0]) => ledger.times(event, 0)[0] as number;
    const start = first('marked') - 120_000;
    expect(first('lease granted')).toBeLessThan(start + 120_000);
    expect(first('push delivered')).toBeGreaterThan(start + 180_000);
    expect(first('reported')).toBeGreaterThan(first('push delivered'));
    expect(first('lease released')).toBe(first('reported'));
    expect(ledger.times('unmarked', 0)).toEqual([]);
  });
});
