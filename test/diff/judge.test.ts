import { dirname } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { judgeFor } from '../../src/diff/judge.js';
import { findTool, toolVersion } from '../../src/processes/find.js';
import { readSide } from '../../src/rule-files/parse.js';

const file = (path: string, rule: string) => ({
  path,
  text: `groups:\n- name: g\n  rules:\n  - ${rule}\n`,
});
const files = [
  file('good.yaml', '{alert: Good, expr: up == 0}'),
  file('type.yaml', '{alert: Type, expr: rate(up) > 0}'),
  file('held.yaml', '{alert: Held, expr: up == 0, for: 90}'),
  file('text.yaml', "{alert: Text, expr: up == 0, annotations: {summary: '{{ $labels.x '}}"),
];

afterEach(() => vi.unstubAllEnvs());

describe('the judge of rule files', () => {
  it('is promtool where one of the version is on the PATH', async () => {
    const promtool = await findTool('promtool');
    const version = await toolVersion('promtool', promtool);
    vi.stubEnv('PATH', dirname(promtool));
    const judge = await judgeFor(version);
    expect(judge.name).toBe(`promtool ${version.text}`);
    const refusals = await judge.refusals(readSide(files), files);
    expect(refusals.map((one) => one.file)).toEqual(['type.yaml', 'held.yaml', 'text.yaml']);
    expect(refusals[0]).toMatchObject({ reason: expect.stringContaining('expected type range vector') });
    // Another version is not asked.
    const other = await judgeFor({ ...version, minor: version.minor + 1 });
    expect(other.name).toContain('the checks of gateway-observability');
  });

  it('is this program where there is none, and says the same of the same files', async () => {
    vi.stubEnv('PATH', '');
    const judge = await judgeFor({ major: 3, minor: 16 });
    expect(judge.name).toBe('the checks of gateway-observability for Prometheus 3.16');
    const refusals = await judge.refusals(readSide(files), files);
    expect(refusals.map((one) => one.file)).toEqual(['type.yaml', 'held.yaml', 'text.yaml']);
  });
});
