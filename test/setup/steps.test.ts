import { describe, expect, it } from 'vitest';
import { runSteps } from './steps.js';

async function ran(beside: string, ...inOrder: readonly string[]) {
  let printed = '';
  const steps = {
    beside: ['types', beside] as const,
    inOrder: inOrder.map((command, i) => [`step ${i + 1}`, command] as const),
  };
  const failed = await runSteps(steps, (text) => {
    printed += text;
  });
  return { failed, printed };
}

describe('the steps of a test run', () => {
  it('all run, and those that fail are named', async () => {
    expect(await ran('echo fine', 'true', 'true')).toEqual({
      failed: [],
      printed: expect.stringContaining('> types: echo fine\nfine\n'),
    });
    expect((await ran('true', 'true', 'exit 3')).failed).toEqual(['step 2']);
  });

  it('end with the first that fails, but for the one beside them, whose output is shown', async () => {
    const { failed, printed } = await ran('echo wrong type >&2; exit 2', 'exit 1', 'true');
    expect([...failed].sort()).toEqual(['step 1', 'types']);
    expect(printed).toContain('wrong type\n');
    expect(printed).toContain('> step 1: exit 1\n');
    expect(printed).not.toContain('> step 2');
  });

  it('fail where the one beside them fails, though all others pass, and where one is ended by a signal', async () => {
    expect((await ran('exit 2', 'true', 'true')).failed).toEqual(['types']);
    expect((await ran('true', 'kill -9 $$')).failed).toEqual(['step 1']);
  });
});
