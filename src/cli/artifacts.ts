import type { Bundle } from '../bundle/bundle.js';
import type { Artifact } from '../renderers/artifact.js';
import { renderBundle } from '../renderers/index.js';
import { detection } from '../simulator/detection.js';

/** Every file of the bundle, sorted by path, with the detection times of the simulator's scenarios. */
export function artifactsOf(bundle: Bundle): Artifact[] {
  return renderBundle(bundle, detection());
}
