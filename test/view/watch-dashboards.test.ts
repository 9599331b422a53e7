import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import type { DashboardJson } from '../../src/view/dashboard-json.js';
import { fixedDashboards, type WatchedDashboards, watchDashboards } from '../../src/view/watch-dashboards.js';

let folder: TemporaryFolder;
let watched: WatchedDashboards | undefined;
beforeEach(() => {
  folder = temporaryFolder('gateway-observability-watch');
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  watched?.close();
  vi.useRealTimers();
  folder.remove();
});

const place = (name: string) => join(folder.path, name);
const save = (name: string, title: string, seconds = 1000) => {
  writeFileSync(place(name), JSON.stringify({ uid: name.replace('.json', ''), title, panels: [] }));
  utimesSync(place(name), seconds, seconds);
};
function watch() {
  watched = watchDashboards([folder.path]);
  let changes = 0;
  const unwatch = watched.onChange(() => {
    changes += 1;
  });
  return { watched, unwatch, changes: () => changes };
}
const look = () => vi.advanceTimersByTime(500);
const titles = ({ current }: WatchedDashboards) => current.dashboards.map(({ dashboard }) => dashboard.title);

describe('dashboards that are watched', () => {
  it('are read again when a file appears or goes', () => {
    save('a.json', 'A');
    const { watched, changes } = watch();
    save('b.json', 'B');
    vi.advanceTimersByTime(499);
    expect([changes(), titles(watched)]).toEqual([0, ['A']]);
    vi.advanceTimersByTime(1);
    expect([changes(), titles(watched)]).toEqual([1, ['A', 'B']]);
    rmSync(place('a.json'));
    look();
    expect([changes(), titles(watched)]).toEqual([2, ['B']]);
    look();
    expect(changes()).toBe(2);
  });

  it.each<[string, () => void]>([
    ['its time', () => save('a.json', 'X', 1001)],
    ['its size', () => save('a.json', 'XX')],
    [
      'another file of its time and size',
      () => {
        save('b.json', 'X');
        writeFileSync(place('b.json'), JSON.stringify({ uid: 'a', title: 'X', panels: [] }));
        utimesSync(place('b.json'), 1000, 1000);
        renameSync(place('b.json'), place('a.json'));
      },
    ],
  ])('are read again when only %s changes', (_, change) => {
    save('a.json', 'A');
    const { watched, changes } = watch();
    change();
    look();
    expect([changes(), titles(watched)[0]?.slice(0, 1)]).toEqual([1, 'X']);
  });

  it('are found by their uid', () => {
    save('a.json', 'A');
    save('b.json', 'B');
    const { watched } = watch();
    expect(watched.find('b')?.title).toBe('B');
    expect(watched.find('c')).toBeUndefined();
  });

  it('stay while their folder is gone, which is told', () => {
    save('a.json', 'A');
    const { watched, changes } = watch();
    renameSync(folder.path, `${folder.path}.away`);
    look();
    look();
    expect([changes(), titles(watched)]).toEqual([1, ['A']]);
    expect(watched.current.unread).toEqual([
      {
        file: folder.path,
        reason: `${folder.path}: cannot be read (ENOENT), expected a dashboard or a folder of dashboards`,
      },
    ]);
    renameSync(`${folder.path}.away`, folder.path);
    look();
    expect([changes(), titles(watched), watched.current.unread]).toEqual([2, ['A'], []]);
  });

  it('call nobody back who no longer wants it, and are not looked at after they were closed', () => {
    save('a.json', 'A');
    const { watched, unwatch, changes } = watch();
    let others = 0;
    watched.onChange(() => {
      others += 1;
    });
    unwatch();
    save('a.json', 'A2');
    look();
    expect([changes(), others]).toEqual([0, 1]);
    watched.close();
    save('a.json', 'A33');
    look();
    expect([others, titles(watched)]).toEqual([1, ['A2']]);
  });

  it('do not keep the process alive', () => {
    vi.useRealTimers();
    save('a.json', 'A');
    const timers: { hasRef(): boolean }[] = [];
    const original = globalThis.setInterval;
    const spy = vi.spyOn(globalThis, 'setInterval').mockImplementation(((...given: [() => void, number]) => {
      const timer = original(...given);
      timers.push(timer);
      return timer;
    }) as never);
    try {
      watch();
    } finally {
      spy.mockRestore();
    }
    expect(timers.map((timer) => timer.hasRef())).toEqual([false]);
  });

  it('are at least one', () => {
    mkdirSync(place('sub'));
    expect(() => watchDashboards([folder.path])).toThrow(
      expect.objectContaining({
        name: 'UnreadableError',
        message: `${folder.path}: found no dashboard as JSON`,
      }),
    );
    writeFileSync(place('a.json'), '{}');
    writeFileSync(place('b.json'), '[]');
    expect(() => watchDashboards([place('a.json'), place('b.json')])).toThrow(
      `${place('a.json')}, ${place('b.json')}: found no dashboard as JSON
  ${place('a.json')}: panels: found undefined, expected a list
  ${place('b.json')}: panels: found undefined, expected a list`,
    );
    expect(() => watchDashboards([place('gone')])).toThrow('cannot be read (ENOENT)');
  });
});

it('are dashboards that do not change', () => {
  const dashboard: DashboardJson = {
    uid: 'a',
    title: 'A',
    time: { from: 'now-1h', to: 'now' },
    panels: [],
  };
  const other = { ...dashboard, uid: 'b' };
  const fixed = fixedDashboards([dashboard, other]);
  expect(fixed.current).toEqual({
    dashboards: [
      { file: 'a', dashboard },
      { file: 'b', dashboard: other },
    ],
    unread: [],
  });
  expect(fixed.find('b')).toBe(other);
  expect(fixed.find('c')).toBeUndefined();
  const unwatch = fixed.onChange(() => expect.unreachable());
  unwatch();
  fixed.close();
});
