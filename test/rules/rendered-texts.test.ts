import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RenderedAlerts, renderAlerts, snapshotFile, snapshotOf } from './rendered-texts.js';
import { bundleFor } from './run-cases.js';

/** One group per signal. */
const groups = bundleFor(undefined).alertGroups;
const alerts = groups.flatMap(({ rules }) => rules);
/** The same in every alert about a relay; message.test.ts renders it. */
const SEVERAL_WORKERS = ' workers; the dashboard shows their hosts.';

describe('what alerts say', () => {
  let rendered: RenderedAlerts;
  beforeAll(async () => {
    rendered = await renderAlerts(alerts.map(({ alert }) => alert));
  });

  it.each(groups)('is as reviewed: $name', async ({ name, rules }) => {
    const ofSignal = Object.fromEntries(rules.map(({ alert }) => [alert, rendered[alert] ?? []]));
    await expect(snapshotOf(ofSignal)).toMatchFileSnapshot(snapshotFile(name));
  });

  it('is rendered for every alert', () => {
    expect(alerts.filter(({ alert }) => rendered[alert]?.length === 0).map(({ alert }) => alert)).toEqual([]);
  });

  it('is rendered for every sentence of a template, whichever branch it is in', () => {
    const missing = alerts.flatMap(({ alert, annotations }) => {
      const texts = JSON.stringify(rendered[alert]?.map((one) => one.annotations));
      return Object.values(annotations)
        .flatMap((template) => template.split(/\{\{.*?\}\}/))
        .filter(
          (part) =>
            part.length > 20 &&
            part !== SEVERAL_WORKERS &&
            !texts.includes(JSON.stringify(part).slice(1, -1)),
        )
        .map((part) => `${alert}: ${part}`);
    });
    expect(missing).toEqual([]);
  });

  it('has no file of a signal that is not there', () => {
    const files = readdirSync(dirname(snapshotFile('any')));
    expect(files.filter((file) => groups.every(({ name }) => file !== `${name}.yaml`))).toEqual([]);
  });
});
