import type { Bundle } from '../../bundle/bundle.js';
import type { Config } from '../../config/schema.js';
import type { Site } from '../../model/site.js';

interface Contact {
  readonly setting: keyof Config['contacts'];
  /** Whom the pages mean, as they write it. */
  readonly who: string;
  /** What to do where the site has not set it, in Markdown. */
  readonly unset: (site: Site) => string;
}

const CONTACTS: readonly Contact[] = [
  {
    setting: 'gateway',
    who: 'owner of the gateway, its mirrors and the escrow service',
    unset: (site) =>
      `Find the host of the gateway process: the label \`instance\` of \`up{${site.gateway.text}}\` in Prometheus, without the port. Look it up in the inventory of your site.`,
  },
  {
    setting: 'workers',
    who: 'owner of a worker, users of a relay',
    unset: () =>
      'No metric and no response of the gateway names a person. Look up the host (`INSTANCE` without the port) or the key of the relay in the inventory of your site.',
  },
  {
    setting: 'configuration',
    who: 'people who maintain the configuration of this bundle and run Prometheus',
    unset: () => 'Look up who deployed the rules of this alert, for example in their repository.',
  },
];

/** The contacts of a site, as rows of a table in Markdown. */
export const contactRows = ({ config: { contacts }, site }: Bundle): readonly (readonly string[])[] =>
  CONTACTS.map(({ setting, who, unset }) => [
    who,
    contacts[setting] ?? `Not set (\`contacts.${setting}\`). ${unset(site)}`,
  ]);

/** The contacts that the site has set, as a line of a page. */
export function contactsLine({ contacts }: Config): string {
  const set = CONTACTS.flatMap(({ setting, who }) => {
    const contact = contacts[setting];
    return contact === undefined ? [] : [`${who}: ${contact}`];
  });
  const more = '[Whom to ask](README.md#contacts)';
  return set.length === 0 ? `**${more}:** no contacts are set.` : `**${more}:** ${set.join('; ')}`;
}
