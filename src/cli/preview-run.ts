import type { Bundle } from '../bundle/bundle.js';
import type { PreviewOptions } from '../preview/preview.js';
import type { DashboardJson } from '../view/dashboard-json.js';
import { print, printError } from './output.js';
import { changesLine, chosenOr, isWanted } from './preview-choices.js';
import { SITUATIONS, THEMES } from './preview-options.js';

/** What the command line says of the pictures. */
interface Given extends Pick<PreviewOptions, 'situations' | 'themes' | 'width' | 'output'> {
  readonly uids: readonly string[];
  readonly base: string | undefined;
}

type Parts = Pick<typeof import('../view/known.js'), 'unsupportedLines'> &
  Pick<typeof import('../view/page-files.js'), 'pageFolder'> &
  Pick<typeof import('../preview/base.js'), 'baseOf'> &
  Pick<typeof import('../preview/preview.js'), 'previewAll' | 'previewChanges'> & {
    readonly Chromium: Pick<typeof import('../preview/chromium.js').Chromium, 'start'>;
  };

/** Draws dashboards, or what differs from a base. Gives the exit code: 1 where something could not be drawn. */
export async function drawPreview(
  bundle: Bundle,
  dashboards: readonly DashboardJson[],
  { uids, base: revision, situations, themes, width, output }: Given,
  parts: Parts,
): Promise<0 | 1> {
  let problems = 0;
  const onProblem = (problem: string) => {
    problems += 1;
    printError(problem);
  };
  for (const line of dashboards.flatMap(parts.unsupportedLines)) onProblem(line);
  const base = revision === undefined ? undefined : await parts.baseOf(revision);
  const page = await parts.pageFolder({ onProgress: (what) => print(`${what} …`) });
  const chromium = await parts.Chromium.start();
  try {
    const rest = {
      bundle,
      dashboards,
      situations: chosenOr(situations, SITUATIONS),
      themes: chosenOr(themes, base === undefined ? THEMES : ['light']),
      width,
      output,
      chromium,
      page,
      onFile: print,
      onProblem,
    };
    if (base === undefined) await parts.previewAll(rest);
    else {
      // One that is there only before the change is shown as well.
      const before = { ...base, dashboards: base.dashboards.filter(isWanted(uids)) };
      const changed = await parts.previewChanges(before, rest);
      print(changesLine(changed.length));
    }
  } finally {
    await chromium.stop();
  }
  return problems > 0 ? 1 : 0;
}
