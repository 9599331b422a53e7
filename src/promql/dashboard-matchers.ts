import { matcherText } from './print.js';

/** A matcher on the values chosen in the dashboard's variable that has the name of the label. */
export const chosen = (label: string) => matcherText({ label, operator: '=~', value: `$${label}` });

/**
 * The same for a label of the site on `ALERTS`, where series without the label match too: an alert that fires because nothing is
 * measured has no site labels and belongs to every site.
 */
export const chosenOrNone = (label: string) => matcherText({ label, operator: '=~', value: `$${label}|` });
