/** The files of a repo, each read once. */
import { UserError } from '../errors.ts';
import type { DockerfileText, TextFile } from '../rules/types.ts';
import { isAside, isDevelopmentName } from './names.ts';

/** What a check may know of a repo; an `Observation` is one. Paths are relative to the folder that is checked. */
export interface Source {
  readonly files: readonly string[];
  /** @throws UserError `repo` for what is no text, or too much of it */
  read(path: string): string | undefined;
  /** The exact text, with its line ends, and its mode. */
  raw(path: string): { readonly text: string; readonly mode: number } | undefined;
}

export interface Options {
  /** A compose file, where only its project is meant. */
  readonly file?: string;
  /** The files that git has; undefined where there is no git to ask. */
  readonly tracked?: ReadonlySet<string>;
  /** Whether modes mean something: not on Windows. */
  readonly modes: boolean;
  readonly today?: string;
  /** Told how many compose projects there are, before they are read: some 10 ms each. */
  readonly onFound?: (projects: number) => void;
}

/** Files, each read once and remembered, so that what is made of its text is, too. */
export class Reader {
  readonly source: Source;
  readonly options: Options;
  readonly notes: string[] = [];
  private readonly read = new Map<string, TextFile | undefined>();
  private readonly builds = new Map<string, DockerfileText>();
  private readonly lists = new Map<(path: string) => boolean, readonly string[]>();
  private folders: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(source: Source, options: Options) {
    this.source = source;
    this.options = options;
  }

  /** Undefined for what is not there, or no text. */
  file(path: string): TextFile | undefined {
    if (!this.read.has(path)) this.read.set(path, this.look(path));
    return this.read.get(path);
  }

  /** The text of what may be anything, a program too; it is not looked at for its own sake. */
  peek(path: string): string | undefined {
    try {
      return this.source.raw(path)?.text;
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  /** Notes for a person, each once. */
  note(texts: readonly string[]): void {
    this.notes.push(...texts.filter((text) => !this.notes.includes(text)));
  }

  files(paths: Iterable<string>): readonly TextFile[] {
    return [...new Set(paths)].sort().flatMap((path) => this.file(path) ?? []);
  }

  /** The files of the repo with such a name; remembered, because every project asks. */
  named(is: (path: string) => boolean): readonly string[] {
    const known = this.lists.get(is) ?? this.source.files.filter((path) => is(path) && !isAside(path));
    this.lists.set(is, known);
    return known;
  }

  /** The same object for the same build, so that it is parsed once. */
  dockerfile(file: TextFile, context: string): DockerfileText {
    const key = JSON.stringify([file.path, context]);
    const known = this.builds.get(key) ?? { ...file, context, development: isDevelopmentName(file.path) };
    this.builds.set(key, known);
    return known;
  }

  /** The files at a path: itself, or all below that folder. */
  below(path: string): readonly string[] {
    if (!this.folders) {
      const folders = new Map<string, string[]>();
      for (const file of this.source.files) {
        for (const folder of ancestors(file)) {
          const files = folders.get(folder) ?? [];
          files.push(file);
          folders.set(folder, files);
        }
      }
      this.folders = folders;
    }
    return this.folders.get(path) ?? [];
  }

  all(): readonly TextFile[] {
    return [...this.read.values()].filter((file) => file !== undefined);
  }

  private look(path: string): TextFile | undefined {
    try {
      const raw = this.source.raw(path);
      return raw && { path, text: raw.text, ...(this.options.modes && { mode: raw.mode }) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.notes.push(`${path} was not read: ${error.message}`);
      return undefined;
    }
  }
}

/** A path and the folders above it. */
export function ancestors(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
