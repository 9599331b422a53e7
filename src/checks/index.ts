import type { Bundle } from '../bundle/bundle.js';
import { alertLinks } from './alert-links.js';
import { alertTexts } from './alert-texts.js';
import { annotationLabels } from './annotation-labels.js';
import { type Check, checkContext, type RatedProblem } from './check.js';
import { confidentialLabels } from './confidential-labels.js';
import { counterFunctions } from './counter-functions.js';
import { definitionsBuild } from './definitions-build.js';
import { histogramBuckets } from './histogram-buckets.js';
import { inhibitions } from './inhibitions.js';
import { knownLabelValues } from './known-label-values.js';
import { knownLabels } from './known-labels.js';
import { knownMetrics } from './known-metrics.js';
import { legendLabels } from './legend-labels.js';
import { names } from './names.js';
import { panelLayout } from './panel-layout.js';
import { panelParts } from './panel-parts.js';
import { panelRanges } from './panel-ranges.js';
import { panelTargets } from './panel-targets.js';
import { promqlSyntax } from './promql-syntax.js';
import { rangeLength } from './range-length.js';
import { recordedLabels } from './recorded-labels.js';
import { recordedUsed } from './recorded-used.js';

/** Every check, in the order they are run. A new check is added here. */
export const checks: readonly Check[] = [
  definitionsBuild,
  promqlSyntax,
  knownMetrics,
  knownLabels,
  knownLabelValues,
  counterFunctions,
  histogramBuckets,
  rangeLength,
  annotationLabels,
  legendLabels,
  recordedLabels,
  recordedUsed,
  names,
  alertTexts,
  alertLinks,
  inhibitions,
  confidentialLabels,
  panelLayout,
  panelParts,
  panelRanges,
  panelTargets,
];

/**
 * Runs the checks. Empty: nothing is wrong. A warning is only possible for definitions that a team added.
 *
 * @param only ids of the checks to run; all without it
 */
export function checkBundle(bundle: Bundle, only?: readonly string[]): RatedProblem[] {
  const context = checkContext(bundle);
  const { own } = bundle.definitions;
  return checks
    .filter(({ id }) => only?.includes(id) ?? true)
    .flatMap((check) => check.run(context))
    .map(({ houseRule, ...problem }) =>
      houseRule === true && problem.file === own?.file ? { ...problem, level: 'warning' } : problem,
    );
}
