import { html, Markup } from '../html/markup.js';
import type { ReportedDashboard } from './contents.js';
import { expressionBlock, facts, item, panelId } from './elements.js';
import type { Picture } from './pictures.js';

function pictureFigure(title: string, light: Picture, dark: Picture | undefined): Markup {
  const { situation, width, height } = light;
  const source =
    dark === undefined || dark === light
      ? ''
      : html`<source media="(prefers-color-scheme: dark) and (not print)" srcset="data:image/png;base64,${new Markup(dark.data)}">`;
  return html`<figure class="wide" tabindex="0"><picture>${source}<img loading="lazy" width="${width}" height="${height}" alt="Preview of the dashboard ${title}, situation ${situation}; its panels are listed below." src="data:image/png;base64,${new Markup(light.data)}"></picture><figcaption>Situation: ${situation}. Drawn with data of the simulator; not a screenshot of Grafana.</figcaption></figure>`;
}

export function dashboardSection({ dashboard, pictures }: ReportedDashboard): Markup {
  const { definition, rows } = dashboard;
  const situations = [...new Set(pictures.map(({ situation }) => situation))];
  const figures = situations.flatMap((situation) => {
    const own = pictures.filter((picture) => picture.situation === situation);
    const light = own.find(({ dark }) => !dark) ?? own[0];
    return light === undefined
      ? []
      : [
          pictureFigure(
            definition.title,
            light,
            own.find(({ dark }) => dark),
          ),
        ];
  });
  const panels = rows.flatMap((row) =>
    row.panels.map((panel) => {
      const { id, title, description, kind } = panel.definition;
      const body = html`${facts([
        ['Row', row.title],
        ['Kind', kind],
        ['Without data', panel.noData],
      ])}${panel.queries.map(({ expr, refId }) => expressionBlock(`panel ${title}, query ${refId}`, expr))}`;
      return item(
        panelId(`${definition.uid}/${id}`),
        html`<h4 style="margin:0">${title}</h4> <span class="soft">${definition.uid}/${id}</span>`,
        description,
        body,
        'panel',
      );
    }),
  );
  return html`<section aria-labelledby="dashboard-${definition.uid}"><h3 id="dashboard-${definition.uid}" style="margin-top:1.75rem;font-size:1.15rem">${definition.title}</h3>
<p>${definition.description}</p>
${figures.length === 0 ? html`<p class="soft">No picture of this dashboard was given.</p>` : figures}
${panels}</section>`;
}
