import { html, type Markup } from '../html/markup.js';
import type { ReportedSetting } from './contents.js';
import { alertLink, commaList, facts, pluralized, settingValue } from './elements.js';

export function settingItem({
  path,
  meaning,
  value,
  tried,
  alerts,
  through,
  records,
  panels,
  files,
}: ReportedSetting): Markup {
  // What moves everything alike is said in one sentence.
  const many = 12;
  const direct =
    alerts.length > many
      ? html`${pluralized(alerts.length, 'alert')} (${[...new Set(alerts.flatMap(({ parts }) => parts))].join(', ')})`
      : commaList(alerts.map(({ alert, parts }) => html`${alertLink(alert)} (${parts.join(', ')})`));
  const indirect =
    through.length > many
      ? html`${pluralized(through.length, 'alert')} through ${pluralized(records.length, 'record')}`
      : commaList(through.map(({ alert }) => alertLink(alert)));
  const rest = [
    ...(records.length === 0 ? [] : [pluralized(records.length, 'recording rule')]),
    ...(panels.length === 0 ? [] : [pluralized(panels.length, 'panel')]),
  ];
  const nothing = alerts.length + through.length + rest.length === 0;
  const other =
    tried === undefined
      ? 'no other value is allowed for this setting alone'
      : !nothing
        ? rest.join(', ')
        : files === 0
          ? 'nothing: it only limits other settings'
          : `no rule; ${pluralized(files, 'generated file')}`;
  return html`<div class="setting"><h3 id="setting-${path}"><code>${path}</code> = ${settingValue(value)}</h3><p>${meaning}</p>${facts(
    [
      ['Moves', direct],
      ['Moves through a rule', indirect],
      ['Also', other],
      ['Tried', tried === undefined ? undefined : settingValue(tried)],
    ],
  )}</div>
`;
}
