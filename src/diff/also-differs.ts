import type { Place } from '../rule-files/side.js';
import { type Difference, describeDifferences } from './differences.js';
import { type Finding, finding } from './finding.js';

/** Fields that only say how something is written down, laid out or described. */
const HARMLESS =
  /^(?:version|iteration|id|revision|gridPos(?:\..*)?|description|metadata\.(?:resourceVersion|generation|creationTimestamp|managedFields.*))$/;

/** A finding about everything that differs and that no other finding explains; none where nothing does. */
export function alsoDiffers(place: Place, subject: string, found: readonly Difference[]): Finding[] {
  if (found.length === 0) return [];
  const isHarmless = found.every(({ path }) => HARMLESS.test(path));
  return [
    finding(
      place,
      'also-differs',
      isHarmless ? 'harmless' : 'notable',
      subject,
      undefined,
      describeDifferences(found),
      isHarmless
        ? 'Also differs, not compared: fields of layout, description and bookkeeping.'
        : 'Also differs, not compared: the effect of these fields is unknown.',
    ),
  ];
}
