import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package/root.js';

/** A page that people read, with its code apart from its prose. */
export interface Page {
  /** Below the project's folder. */
  readonly path: string;
  readonly text: string;
  /** Lines of the code blocks, by the language of the block; a line that goes on is one line. */
  readonly blocks: readonly { readonly language: string; readonly lines: readonly string[] }[];
  /** Code within sentences and tables. */
  readonly inline: readonly string[];
  /** Rows of tables, their cells trimmed. */
  readonly rows: readonly (readonly string[])[];
}

const BLOCK = /^( *)```(\w*)\n([\s\S]*?)^\1```/gm;

function pageOf(path: string): Page {
  const text = readFileSync(join(packageRoot, path), 'utf8');
  const prose = text.replace(BLOCK, '');
  return {
    path,
    text,
    blocks: [...text.matchAll(BLOCK)].map(([, , language = '', body = '']) => ({
      language,
      lines: body
        .replaceAll(/\\\n\s*/g, '')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#')),
    })),
    inline: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string),
    rows: prose
      .split('\n')
      .filter((line) => line.startsWith('|') && !/^\|[ :|-]+\|$/.test(line))
      .map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
      .map((cells) => cells.map((cell) => cell.trim())),
  };
}

/** The pages that are written by hand. */
export const pages: readonly Page[] = ['', 'docs', 'runbooks']
  .flatMap((folder) => readdirSync(join(packageRoot, folder)).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md')
  .sort()
  .map(pageOf);
