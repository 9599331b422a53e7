import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PicturesError, picturesIn } from '../../src/report/pictures.js';

const folder = temporaryFolder('pictures');
afterAll(() => folder.remove());

/** The start of a PNG of 300 by 70,000 pixels: signature, length and name of the first chunk, width, height. */
const PNG = Buffer.from('89504e470d0a1a0a0000000d494844520000012c00011170', 'hex');

function folderOf(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

describe('the pictures of a folder', () => {
  const found = (path: string, theme: 'light' | 'dark' | 'both') =>
    picturesIn(path, ['gateway', 'gateway-relay'], theme).map(
      ({ uid, situation, dark }) => `${uid} ${situation} ${dark ? 'dark' : 'light'}`,
    );

  it('belong to the dashboard with the longest uid, in one theme or both', () => {
    const path = folderOf('all', {
      'gateway-quiet.png': PNG,
      'gateway-quiet-dark.png': PNG,
      'gateway-relay-a-fault.png': PNG,
      'gateway-relay-a-fault-dark.png': PNG,
      'other-quiet.png': 'no picture',
      'gateway.png': 'no picture',
      'gateway-notes.txt': 'no picture',
      'my-gateway-quiet.png': 'no picture',
    });
    const light = ['gateway quiet light', 'gateway-relay a-fault light'];
    const dark = ['gateway quiet dark', 'gateway-relay a-fault dark'];
    expect(found(path, 'light')).toEqual(light);
    expect(found(path, 'dark')).toEqual(dark);
    expect(found(path, 'both')).toEqual([dark[0], light[0], dark[1], light[1]]);
  });

  it('have the size that the PNG states, and its bytes', () => {
    const path = folderOf('size', { 'gateway-quiet.png': PNG });
    expect(picturesIn(path, ['gateway'], 'both')).toEqual([
      {
        uid: 'gateway',
        situation: 'quiet',
        dark: false,
        width: 300,
        height: 70_000,
        data: 'iVBORw0KGgoAAAANSUhEUgAAASwAARFw',
      },
    ]);
  });

  it.each([
    ['empty', ''],
    ['short', PNG.subarray(0, 23)],
    ['another-format', Buffer.concat([Buffer.from([0x88]), PNG.subarray(1)])],
    ['text', 'a text that is longer than 24 bytes'],
  ])('are refused with their name: %s', (name, content) => {
    const path = folderOf(name, { 'gateway-quiet.png': content });
    expect(() => picturesIn(path, ['gateway'], 'light')).toThrow(
      new PicturesError(
        `${join(path, 'gateway-quiet.png')}: found no PNG, expected a picture of a dashboard`,
      ),
    );
    // Only those that are wanted are read.
    expect(picturesIn(path, ['gateway'], 'dark')).toEqual([]);
  });

  it('are refused without their folder', () => {
    const path = join(folder.path, 'none');
    expect(() => picturesIn(path, [], 'both')).toThrow(
      `--pictures ${path}: cannot be read (ENOENT), expected a folder of pictures`,
    );
    expect(new PicturesError('x').name).toBe('PicturesError');
  });
});
