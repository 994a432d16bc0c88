/** An input before it is read. */
export interface InputSource {
  /** As the user would name it, `-` for standard input; undefined for a text of the command line. */
  readonly name: string | undefined;
  /** Absolute; undefined for what is no file. */
  readonly path: string | undefined;
  /** Where its output belongs below an output folder, with `/`; undefined for what is no file. */
  readonly below: string | undefined;
  /** Of a text of the command line. */
  readonly text?: string;
}

/** What the words of a command line stand for. */
export interface FoundInputs {
  /** In the order of the words, the files of one word by code point, none of them twice. */
  readonly sources: readonly InputSource[];
  /** Whether a word stands for as many files as there are: a folder or a glob. */
  readonly isOpen: boolean;
  /** Absolute: where a new file could change `sources`. */
  readonly folders: readonly string[];
}

/** What is left out of folders and globs; what is named by itself is not. */
export interface LeftOut {
  /** Absolute: the folder that outputs go to, when it lies inside. */
  readonly outputFolder?: string | undefined;
  /** How the names of backups end. */
  readonly backupSuffix?: string | undefined;
}
