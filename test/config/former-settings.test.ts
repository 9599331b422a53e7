import { describe, expect, it } from 'vitest';
import { withPresentNames } from '../../src/config/former-settings.js';

const table = {
  'thresholds.pushWait.slow': 'thresholds.pushWait.slowSeconds',
  interval: 'evaluation.interval',
  marks: 'labels',
};

function read(input: unknown) {
  const warnings: string[] = [];
  return { result: withPresentNames(input, (message) => warnings.push(message), table), warnings };
}

describe('a setting under its former name', () => {
  it('is accepted as the present one, and reported', () => {
    const input = { thresholds: { pushWait: { slow: 60, slowShare: 0.1 } } };
    // Strictly: a former name without a value would be an unknown key.
    expect(read(input)).toStrictEqual({
      result: { thresholds: { pushWait: { slowSeconds: 60, slowShare: 0.1 } } },
      warnings: [
        'thresholds.pushWait.slow: renamed to thresholds.pushWait.slowSeconds; the former name will be removed in the next release',
      ],
    });
    expect(input.thresholds.pushWait).toHaveProperty('slow');
  });

  it('is moved into a section that is not there yet', () => {
    expect(read({ interval: '30s' }).result).toEqual({ evaluation: { interval: '30s' } });
  });

  it('stays where the present name is given as well, so that it is reported as unknown', () => {
    const both = { thresholds: { pushWait: { slow: 60, slowSeconds: 90 } } };
    expect(read(both)).toEqual({ result: both, warnings: [] });
  });

  it('stays where mappings are given under both names', () => {
    const both = { marks: { team: 'a' }, labels: { area: 'b' } };
    expect(read(both)).toEqual({ result: both, warnings: [] });
  });

  it('stays where the present section has another shape, which is then reported as well', () => {
    const wrong = { interval: '30s', evaluation: 'often' };
    expect(read(wrong)).toEqual({ result: wrong, warnings: [] });
  });

  it('does not keep a value that cannot be copied from being reported', () => {
    const wrong = { interval: '30s', jobs: () => 'gateway' };
    expect(read(wrong).result).toEqual({ evaluation: { interval: '30s' }, jobs: wrong.jobs });
  });

  it('leaves other settings in the present section as they are', () => {
    const { result } = read({ interval: '30s', evaluation: { offset: '5s' }, jobs: {} });
    expect(result).toEqual({ evaluation: { offset: '5s', interval: '30s' }, jobs: {} });
  });

  it.each([
    ['nothing is renamed', { jobs: { gateway: 'gw' } }],
    ['a section has another shape', { thresholds: 'high' }],
    ['a section is empty', { thresholds: null }],
    ['the whole is no mapping', ['interval']],
    ['there is nothing', null],
  ])('the input is unchanged, without a warning, where %s', (_, input) => {
    expect(read(input)).toEqual({ result: input, warnings: [] });
  });
});
