import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/*
 * npm run preview && npm run preview:readme
 *
 * Updates the two pictures in docs/pictures from those in preview/pictures, with so few colours that they may live in the repository.
 */

const root = join(import.meta.dirname, '..');
const target = join(root, 'docs', 'pictures');

mkdirSync(target, { recursive: true });
for (const situation of ['quiet', 'incident']) {
  const picture = join(root, 'preview', 'pictures', `gateway-overview-${situation}.png`);
  const small = await sharp(picture)
    .png({ palette: true, colours: 64, dither: 0, effort: 10, compressionLevel: 9 })
    .toBuffer();
  writeFileSync(join(target, `overview-${situation}.png`), small);
}
