import { expect, it } from 'vitest';
import { IN_CHECKOUT } from '../../src/package/command.js';
import { searchSection } from '../../src/renderers/docs/search.js';
import { detection } from '../../src/simulator/detection.js';
import { filesWithTargets } from '../targets.js';

// A team that installed the package generates the same texts. It has the command, but not the scripts of the checkout.
it('names no script of package.json in a generated file, apart from the command in its header', () => {
  const { search, run } = detection();
  const files = new Map([...filesWithTargets(), ['stale search', searchSection(search, run, 'other rules')]]);
  expect(files.get('stale search')).toContain('The rules have changed since this run.');
  const found = [...files].flatMap(([path, content]) =>
    [...content.matchAll(/\bnpm (?:run|test|start)\b.*/g)].map(([text]) => `${path}: ${text}`),
  );
  expect(
    found.filter((one) => !new RegExp(`: ${IN_CHECKOUT}(?: (?:\\*/|-->|\\*/?\\}\\}))?$`).test(one)),
  ).toEqual([]);
});
