import { readFileSync, statSync } from 'node:fs';
import { reachedInFolder } from './folder.js';
import * as gitOfWorkingDirectory from './git.js';
import { filesOf, type Listing, readFiles, sideFile } from './listing.js';
import type { SideFile } from './side.js';
import { reachedIn, type TreeEntry } from './tree.js';

/** A side that cannot be read. */
export class FileSetError extends Error {
  override readonly name = 'SourceError';
}

/** Where the files of a side come from. */
export interface FileSet {
  /** As it is shown: `main`, `working tree`, `build/rules`. */
  readonly label: string;
  readonly files: readonly SideFile[];
  /** Whether it is one file that was asked for by its name. */
  readonly isFile: boolean;
}

/** The index of git, as a side. */
const INDEX = ':';

interface GitObject {
  readonly id: string;
  readonly isBlob: boolean;
}

/** What git says of the working directory. */
export type Git = typeof gitOfWorkingDirectory;

/** Reads sides: files, folders, and what git keeps of the repository in the working directory. */
export class FileSets {
  constructor(private readonly git: Git) {}

  /**
   * Reads one side: a file, a folder, the index (`:`), or a revision of the repository in the working directory (`main`, `HEAD~2`,
   * `main:deploy/rules`). Nothing is checked out. Every kind of side is read alike: symbolic links are followed, revisions and the
   * index go through the line endings and filters of a checkout.
   *
   * @param only folders and files of the revision or the working tree to look at
   * @throws {FileSetError} when it is none of these, or both a path and a revision
   */
  async read(text: string, only: readonly string[] = []): Promise<FileSet> {
    if (text === INDEX) {
      await this.#requireRepository();
      return { label: 'index', files: await this.#readTree(undefined, only), isFile: false };
    }
    const path = statSync(text, { throwIfNoEntry: false });
    const object = await this.#objectOf(text);
    if (path !== undefined && object !== undefined && !/^\.{0,2}\//.test(text)) {
      throw new FileSetError(
        `found ${JSON.stringify(text)}, which is a path and a revision; expected ./${text} or refs/heads/${text}`,
      );
    }
    if (path !== undefined) {
      const isFile = !path.isDirectory();
      return { label: text, files: await readPath(text, isFile), isFile };
    }
    if (object !== undefined) {
      return { label: text, ...(await this.#readRevision(text, object, only)) };
    }
    const found = JSON.stringify(text);
    await this.#requireRepository(`, and ${found} is not a file or folder`);
    throw new FileSetError(
      (await this.git.hasCommits())
        ? `found ${found}, expected a file, a folder or a git revision (in a shallow clone older ones are missing: git fetch --unshallow)`
        : `found ${found}, but the git repository of ${process.cwd()} has no commits; expected a first commit, or two files or folders to compare`,
    );
  }

  /** Reads the files of the working tree that git knows or would add. */
  async readWorkingTree(only: readonly string[] = []): Promise<FileSet> {
    await this.#requireRepository();
    const { root, prefix } = await this.#placeInRepository();
    const entries = await this.git.workingTreeEntries(root);
    const listing = { entries, reached: reachedIn(entries), prefix, read: readFiles };
    return { label: 'working tree', files: await filesOf(listing, only), isFile: false };
  }

  /** The commit that two revisions have in common, for `main...HEAD`. */
  async mergeBase(one: string, other: string): Promise<string> {
    await this.#requireRepository(`, and ${one}...${other} are revisions`);
    try {
      return (await this.git.git('merge-base', '--', one, other)).trim();
    } catch {
      throw new FileSetError(
        `found ${one}...${other}, expected two revisions with a common commit (a shallow clone may lack it)`,
      );
    }
  }

  /**
   * Throws where the working directory is not in a repository that git can read.
   *
   * @param detail why one is needed, to follow the reason in the message
   */
  async #requireRepository(detail = ''): Promise<void> {
    const why = await this.git.whyNoRepository();
    if (why === undefined) return;
    throw new FileSetError(`${why}${detail}; expected a git repository, or two files or folders to compare`);
  }

  async #objectOf(text: string): Promise<GitObject | undefined> {
    if (text.startsWith('-') || text === '') return undefined;
    try {
      // `main:rules` takes no ^{tree} behind it, the object that it names does.
      const id = (await this.git.git('rev-parse', '--verify', '--quiet', text)).trim();
      const kind = (await this.git.git('cat-file', '-t', id)).trim();
      if (kind === 'blob') return { id, isBlob: true };
      return { id: (await this.git.git('rev-parse', '--verify', `${id}^{tree}`)).trim(), isBlob: false };
    } catch {
      // Nothing of that name, or no repository.
      return undefined;
    }
  }

  async #readRevision(
    text: string,
    { id, isBlob }: GitObject,
    only: readonly string[],
  ): Promise<Pick<FileSet, 'files' | 'isFile'>> {
    // `rev:folder` is a separate folder; its links may lead elsewhere in the revision.
    const [, revision = '', folder = ''] = /^([^:]+):(.*)$/s.exec(text) ?? [];
    if (revision === '') {
      if (!isBlob) return { files: await this.#readTree(id, only), isFile: false };
      const path = text.replace(/^:(?:\d:)?/, '');
      return { files: [sideFile(path, (await this.#readBlobs([{ path, id }]))[0])], isFile: true };
    }
    const { prefix } = await this.#placeInRepository();
    const from = (folder.startsWith('./') ? `${prefix}${folder.slice(2)}` : folder).replace(/\/+$/, '');
    const entries = await this.#listed(revision);
    const reached = reachedIn(entries);
    const file = reached.find(({ path, at }) => path === from && at !== undefined)?.at;
    if (file !== undefined) {
      const [content] = await this.#readBlobs([{ path: file, id: (entries.get(file) as TreeEntry).id }]);
      return { files: [sideFile(from, content)], isFile: true };
    }
    const inside = from === '' ? '' : `${from}/`;
    const listing = { entries, reached, prefix: inside, read: this.#readBlobs };
    return { files: await filesOf(listing, only.length === 0 ? ['.'] : only), isFile: false };
  }

  /** Reads the files of a tree, or of the index where it is undefined. */
  async #readTree(tree: string | undefined, only: readonly string[]): Promise<SideFile[]> {
    const entries = await this.#listed(tree);
    const { prefix } = await this.#placeInRepository();
    return filesOf({ entries, reached: reachedIn(entries), prefix, read: this.#readBlobs }, only);
  }

  #listed(tree: string | undefined): Promise<Map<string, TreeEntry>> {
    return this.git.entriesOf(tree).catch((error: Error) => {
      throw new FileSetError(`git cannot list the files: ${error.message}`);
    });
  }

  /** The working directory in the repository; a bare repository has no place for it. */
  #placeInRepository(): Promise<{ readonly root: string; readonly prefix: string }> {
    return this.git.repository().catch(() => {
      throw new FileSetError(
        `${process.cwd()} is in a git repository without a working tree; expected a clone with one, or two files or folders to compare`,
      );
    });
  }

  readonly #readBlobs: Listing['read'] = (wanted) =>
    this.git.readObjects(wanted).catch((error: Error) => {
      throw new FileSetError(`git cannot read the files: ${error.message}`);
    });
}

async function readPath(text: string, isFile: boolean): Promise<SideFile[]> {
  try {
    if (isFile) return [sideFile(text, readFileSync(text, 'utf8'))];
    const { entries, reached } = reachedInFolder(text);
    return await filesOf({ entries, reached, prefix: '', read: readFiles }, ['.']);
  } catch (error) {
    throw new FileSetError(`${text}: cannot be read (${(error as Error).message})`);
  }
}

/** The sides that can be named in the working directory. */
export const ownFileSets = new FileSets(gitOfWorkingDirectory);
export const readFileSet = (text: string) => ownFileSets.read(text);
export const readWorkingTree = (only: readonly string[]) => ownFileSets.readWorkingTree(only);
