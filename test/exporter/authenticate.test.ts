import { compare, hash } from 'bcryptjs';
import { beforeEach, expect, it, vi } from 'vitest';
import { Authenticator } from '../../src/exporter/authenticate.js';

// The real one, counted: how often it runs is what a scrape costs.
vi.mock('bcryptjs', async (original) => {
  const real = await original<typeof import('bcryptjs')>();
  return { ...real, compare: vi.fn(real.compare) };
});
beforeEach(() => {
  vi.mocked(compare).mockClear();
});

const header = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

it('costs bcrypt once for each password, right or wrong, also when many ask at once', async () => {
  const authenticator = new Authenticator(new Map([['prometheus', await hash('right', 4)]]));
  for (const [password, allowed] of [
    ['right', true],
    ['wrong', false],
  ] as const) {
    vi.mocked(compare).mockClear();
    const ask = () => authenticator.isAllowed(header('prometheus', password));
    expect(await Promise.all(Array.from({ length: 10 }, ask))).toEqual(Array(10).fill(allowed));
    expect(await ask()).toBe(allowed);
    expect(compare).toHaveBeenCalledTimes(1);
  }
});

it('costs bcrypt for a user that does not exist too', async () => {
  const authenticator = new Authenticator(new Map([['prometheus', await hash('right', 4)]]));
  expect(await authenticator.isAllowed(header('nobody', 'right'))).toBe(false);
  expect(compare).toHaveBeenCalledTimes(1);
});
