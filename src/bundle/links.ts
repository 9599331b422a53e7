import type { Config } from '../config/schema.js';
import type { AlertDefinition } from '../model/rules.js';
import { RUNBOOK_STEPS, type RunbookStep } from '../model/runbook.js';

/** Address of a runbook page. Without a base address it is the page's path in this repository. */
export function runbookUrl(config: Config, alert: string): string {
  const base = config.links.runbooks;
  return base === undefined ? `runbooks/${alert}.md` : `${base}/${alert}.md`;
}

/** Address of a step of the operator procedure: in the runbook of the site, or in the one that is generated. */
function stepUrl({ links }: Config, step: RunbookStep): string {
  const procedure =
    links.operatorRunbook ??
    (links.runbooks === undefined ? 'runbooks/gateway.md' : `${links.runbooks}/gateway.md`);
  return `${procedure}#${step}`;
}

/**
 * A text in which links to steps of the operator procedure, `[text](runbook:step)`, are written out: as Markdown links where the
 * procedure is published somewhere, otherwise as the words with the path of the step.
 *
 * @param form `plain` for a reader without Markdown
 */
export function withStepLinks(config: Config, text: string, form: 'markdown' | 'plain'): string {
  const isPublished = config.links.operatorRunbook !== undefined || config.links.runbooks !== undefined;
  return text.replace(/\[([^\]]+)\]\(runbook:([a-z-]+)\)/g, (_, words: string, step: string) => {
    if (!(step in RUNBOOK_STEPS))
      throw new TypeError(`links the step ${step}, which the operator procedure does not have`);
    const url = stepUrl(config, step as RunbookStep);
    return isPublished && form === 'markdown' ? `[${words}](${url})` : `${words} (${url})`;
  });
}

/**
 * Where to look when an alert fires: the dashboard of its relay, or the panel that explains the alert. The alert's relay (and the site's
 * grouping labels) are filled in by Prometheus. Without a base address it is a path from the root of Grafana.
 *
 * @param ofRelay uid of the dashboard about one relay; undefined for an alert about something else
 */
export function dashboardUrl(config: Config, definition: AlertDefinition, ofRelay?: string): string {
  const { uid, panel } = definition.dashboard;
  // Only labels that dashboards have variables for.
  const labels = [
    // An external label is there whatever the expression keeps.
    ...config.groupBy.filter(
      (label) => definition.withoutSiteLabels !== true || Object.hasOwn(config.externalLabels, label),
    ),
    ...definition.labels.filter((label) => label === 'relay'),
  ];
  const variables = labels.map((label) => `var-${label}={{ $labels.${label} | urlquery }}`);
  const query = [...variables, ...(ofRelay === undefined ? [`viewPanel=${panel}`] : [])].join('&');
  return `${config.links.dashboards ?? ''}/d/${ofRelay ?? uid}?${query}`;
}
