import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { foldersOf } from '../../src/cli/artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/package/root.js';

describe('the committed files', () => {
  // `npm run check` compares them as well, in a process of its own. Here a change of a renderer shows file by file, and in milliseconds.
  it('are what the definitions yield for the default settings', () => {
    for (const { out, artifacts } of foldersOf(buildBundle(parseConfig({}), definitions()), undefined)) {
      expect(artifacts.length).toBeGreaterThan(20);
      for (const { path, content } of artifacts)
        expect(content, `${out}/${path}`).toBe(readFileSync(join(packageRoot, out, path), 'utf8'));
    }
  });
});
