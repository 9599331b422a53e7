import type { Bundle } from '../bundle/bundle.js';
import type { Artifact } from '../renderers/artifact.js';
import { renderBundle } from '../renderers/index.js';
import { RUNBOOKS, renderRunbooks } from '../renderers/runbooks/index.js';
import { detection } from '../simulator/detection.js';

/** Every file of the bundle, sorted by path, with the detection times of the simulator's scenarios. */
export function artifactsOf(bundle: Bundle): Artifact[] {
  return renderBundle(bundle, detection());
}

/** A folder to write or to compare, and what belongs into it. */
export interface OutputFolder {
  readonly out: string;
  readonly artifacts: Artifact[];
}

/**
 * The folders of a bundle. With `--out` it is one. Without it the runbook is in `runbooks` and the rest in `generated`, as in this
 * project: alerts name their pages as `runbooks/<Alert>.md`.
 */
export function foldersOf(
  bundle: Bundle,
  out: string | undefined,
): readonly [OutputFolder, ...OutputFolder[]] {
  if (out !== undefined) return [{ out, artifacts: artifactsOf(bundle) }];
  return [
    { out: 'generated', artifacts: renderBundle(bundle, detection(), 'runbooks beside it') },
    {
      out: RUNBOOKS,
      artifacts: renderRunbooks(bundle)
        .map(({ path, content }) => ({ path: path.slice(RUNBOOKS.length + 1), content }))
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
    },
  ];
}
