import type { Config } from '../config/schema.js';
import { type PageContext, RUNBOOK_STEPS } from '../model/runbook.js';
import type { Site } from '../model/site.js';
import type { Definitions } from './bundle.js';

/**
 * What the pages of a site refer to. A reference to an alert or a panel that is not defined throws, so that a page cannot
 * name something that does not exist.
 */
export function pageContext(config: Config, site: Site, definitions: Definitions): PageContext {
  const alerts = new Set(definitions.alerts.flatMap(({ rules }) => rules.map(({ alert }) => alert)));
  return {
    site,
    step: (step, text = RUNBOOK_STEPS[step]) =>
      `[${text}](${config.links.operatorRunbook ?? 'gateway.md'}#${step})`,
    alert: (name) => {
      if (!alerts.has(name)) throw new TypeError(`names the alert ${name}, which is not defined`);
      // There is no page of an alert that the site does without, and none need be written for an own alert.
      const isWritten = Object.hasOwn(definitions.runbook.pages, name) && !isOff(config, definitions, name);
      return isWritten ? `[${name}](${name}.md)` : `\`${name}\``;
    },
    panel: (uid, id) => {
      const dashboard = definitions.dashboards.find((one) => one.uid === uid);
      const panel = dashboard?.rows.flatMap(({ panels }) => panels).find((one) => one.id === id);
      if (dashboard === undefined || panel === undefined)
        throw new TypeError(`names panel ${id} of ${uid}, which is not defined`);
      const base = config.links.dashboards;
      const title =
        base === undefined ? `"${panel.title}"` : `["${panel.title}"](${base}/d/${uid}?viewPanel=${id})`;
      return `${title} on the dashboard ${dashboard.title}`;
    },
  };
}

function isOff(config: Config, definitions: Definitions, name: string): boolean {
  const definition = definitions.alerts.flatMap(({ rules }) => rules).find(({ alert }) => alert === name);
  return (
    config.alerts[name]?.disabled !== undefined ||
    (definition?.onlyWith !== undefined && config[definition.onlyWith] === 'off') ||
    (definition?.needsEscrow === true && config.escrow === 'off')
  );
}
