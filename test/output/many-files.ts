import type { Artifact } from '../../src/renderers/artifact.js';

/** Small files with a word in each, and one of 2 MB in the middle. */
export const filesOf = (word: string, count: number): Artifact[] =>
  Array.from({ length: count }, (_, i) => ({
    path: `folder-${i % 7}/file-${String(i).padStart(4, '0')}.txt`,
    content:
      i === Math.floor(count / 2) ? `${word}\n`.repeat(2_000_000 / (word.length + 1)) : `${word} ${i}\n`,
  }));
