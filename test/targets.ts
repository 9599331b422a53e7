import { buildBundle } from '../src/bundle/build.js';
import { definitions } from '../src/bundle/definitions.js';
import { artifactsOf } from '../src/cli/artifacts.js';
import { parseConfig } from '../src/config/load.js';
import type { ConfigInput } from '../src/config/schema.js';
import { TARGETS } from '../src/model/target.js';

/** Every file of a site with all targets, by its path. */
export const filesWithTargets = (config: ConfigInput = {}): ReadonlyMap<string, string> =>
  new Map(
    artifactsOf(buildBundle(parseConfig({ targets: [...TARGETS], ...config }), definitions())).map(
      ({ path, content }) => [path, content],
    ),
  );
