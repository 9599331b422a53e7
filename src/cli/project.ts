import { buildBundle } from '../bundle/build.js';
import type { Bundle } from '../bundle/bundle.js';
import { inOrder, type Target } from '../model/target.js';
import { loadProject, type Project } from '../project/load.js';

/**
 * The project of the working directory and its bundle, with targets in addition to those of the site.
 *
 * @param file as for {@link loadProject}
 */
export async function loadForTargets(
  file: string | undefined,
  targets: readonly Target[],
): Promise<{ readonly project: Project; readonly bundle: Bundle }> {
  const project = await loadProject(file);
  const config = { ...project.config, targets: inOrder([...project.config.targets, ...targets]) };
  return { project, bundle: buildBundle(config, project.definitions, project.source) };
}
