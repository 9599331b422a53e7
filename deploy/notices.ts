import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly repository?: { readonly url?: string } | string;
}

const packageAt = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;

const addressOf = (repository: Package['repository']) =>
  (typeof repository === 'object' ? repository.url : repository) ?? 'it names no repository either';

/** The folder of the package that a bundled file belongs to, or undefined for our own. */
const packageFolder = (file: string) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];

/**
 * The licences of the libraries that files are from, as they demand to be passed on.
 *
 * @param files paths within `root`
 * @param allowNoText whether a package may have no text of its licence; otherwise that is an error
 */
export function notices(root: string, files: readonly string[], allowNoText = false): string {
  const folders = [...new Set(files.flatMap((file) => packageFolder(file) ?? []))].sort();
  return folders
    .map((folder) => {
      const { name, version, license, repository } = packageAt(join(root, folder));
      const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
      if (!allowNoText && (license === undefined || file === undefined))
        throw new Error(`${folder}: no licence was found`);
      const text =
        file === undefined
          ? `The package contains no text of its licence: ${addressOf(repository)}`
          : readFileSync(join(root, folder, file), 'utf8');
      return `${name} ${version} (${license ?? 'names no licence'})\n\n${text.replaceAll('*/', '* /').trim()}`;
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}
