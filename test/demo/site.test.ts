import { describe, expect, it } from 'vitest';
import { liveBundle } from '../../src/demo/site.js';

describe('the dashboards of npm start', () => {
  it('begin shortly before the demonstration', async () => {
    const { bundle, isDemonstration } = await liveBundle();
    expect(isDemonstration).toBe(true);
    expect(bundle.dashboards.length).toBe(6);
    expect(new Set(bundle.dashboards.map(({ definition }) => definition.span))).toEqual(new Set(['15m']));
  });
});
