import { Document, isMap, isPair, isSeq, type Node } from 'yaml';
import { wrap } from '../terminal/wrap.js';

/** A comment, and the key or list item above which it stands. */
export type Note = readonly [path: readonly (string | number)[], text: string];

/** For users who run yamllint: expressions and texts are longer than 80 characters, and each file holds one document. */
export const FOR_YAMLLINT = 'yamllint disable rule:line-length rule:document-start';

/** Turns text into YAML comment lines; the YAML writer adds the `#`. */
const comment = (text: string) =>
  wrap(text, 100)
    .map((line) => ` ${line}`)
    .join('\n');

/**
 * Writes a value as YAML with comments: expressions of several lines as blocks, texts unfolded, an empty line above the keys and list items
 * that have a comment. Throws `TypeError` for a comment on something that is not there.
 */
export function commentedYaml(value: unknown, header: string, notes: readonly Note[]): string {
  // Anchors would be shorter and harder to merge into another file.
  const document = new Document(value, { aliasDuplicateObjects: false });
  const [first = '', ...rest] = header.split('\n');
  // The first line of the header ends with a command to paste, and stays whole.
  document.commentBefore = [
    ` ${FOR_YAMLLINT}`,
    ` ${first}`,
    ...(rest.length === 0 ? [] : [comment(rest.join('\n'))]),
  ].join('\n');
  for (const [path, text] of notes) annotate(document, path, text);
  return document.toString({ lineWidth: 0, blockQuote: 'literal', flowCollectionPadding: false });
}

/** Puts a comment above the key or the list item at `path`. */
function annotate(document: Document, path: readonly (string | number)[], text: string): void {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  let node: Node | undefined;
  if (isSeq(parent)) node = parent.items[last as number] as Node;
  else if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && String(item.key) === last);
    node = pair?.key as Node;
  }
  if (node === undefined) throw new TypeError(`found nothing at ${path.join('.')} to comment on`);
  node.commentBefore = comment(text);
  if (path.length === 1 || (isSeq(parent) && last !== 0)) node.spaceBefore = true;
}
