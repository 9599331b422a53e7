import type { Bundle } from '../../bundle/bundle.js';
import { checksum } from '../parts.js';

/** What says which object it is, and by which labels it is found. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Names of objects consist of lower-case letters, digits and `-`, with no `-` at the end. */
const NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** The part of an object's name that comes from a group or a dashboard: those of a team may have other characters. */
function nameOf(own: string): string {
  const usual = own.replaceAll('.', '-');
  if (NAME.test(usual) && usual.length <= 120) return usual;
  const plain = own
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 100);
  // Names that differ only in what was replaced stay distinct.
  return `${plain}-${checksum(own).slice(0, 8)}`.replace(/^-+/, '');
}

/** The metadata of an object, with the site's namespace, prefix and labels. */
export function metadata({ config: { kubernetes } }: Bundle, own: string): Metadata {
  const { namespace, namePrefix, labels } = kubernetes;
  return {
    name: `${namePrefix}-${nameOf(own)}`,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'app.kubernetes.io/name': 'gateway-observability', ...labels },
  };
}
