import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A picture of a dashboard, as `npm run preview` names it: `<uid>-<situation>.png`, or `…-dark.png`. */
export interface Picture {
  readonly uid: string;
  readonly situation: string;
  readonly dark: boolean;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** The PNG in base64. */
  readonly data: string;
}

/** A folder of pictures that cannot be used. The message names it. */
export class PicturesError extends Error {
  override readonly name = 'PicturesError';
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Reads the pictures of dashboards from a folder. Other files are left alone.
 *
 * @param uids the dashboards whose pictures are wanted
 * @throws {PicturesError} where the folder cannot be read or a file of such a name is no PNG
 */
export function picturesIn(
  folder: string,
  uids: readonly string[],
  theme: 'light' | 'dark' | 'both',
): Picture[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PicturesError(`--pictures ${folder}: cannot be read (${why}), expected a folder of pictures`);
  }
  // A uid may begin like another one.
  const longest = [...uids].sort((a, b) => b.length - a.length);
  return names.flatMap((name): Picture[] => {
    const uid = longest.find((one) => name.startsWith(`${one}-`));
    if (uid === undefined || !name.endsWith('.png')) return [];
    const rest = name.slice(uid.length + 1, -'.png'.length);
    const dark = rest.endsWith('-dark');
    if ((theme === 'light' && dark) || (theme === 'dark' && !dark)) return [];
    const file = join(folder, name);
    const png = readFileSync(file);
    if (png.length < 24 || !png.subarray(0, 8).equals(SIGNATURE)) {
      throw new PicturesError(`${file}: found no PNG, expected a picture of a dashboard`);
    }
    return [
      {
        uid,
        situation: dark ? rest.slice(0, -'-dark'.length) : rest,
        dark,
        width: png.readUInt32BE(16),
        height: png.readUInt32BE(20),
        data: png.toString('base64'),
      },
    ];
  });
}
