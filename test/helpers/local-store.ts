/** The store LOCAL in a user's surroundings of its own for each test: a home, a working directory, keys. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  openTestStore,
  type TestAnswer,
  type TestFailure,
  type TestListAnswer,
  type TestStore,
} from "configmanager/plugin/testing";
import { afterEach, beforeEach } from "vitest";
import { createIdentity, recipientOf } from "../../plugins/local/src/age.ts";
import { localStore } from "../../plugins/local/src/store.ts";

/** Options as the configuration gives them. */
export type LocalOptions = Readonly<Record<string, unknown>>;

/** A key in a file of its own. */
export interface LocalKey {
  readonly file: string;
  readonly identity: string;
  readonly recipient: string;
}

/** One user, new for each test. */
export class LocalUser {
  /** Holds all the rest, and nothing else at first but the working directory. */
  readonly folder: string = mkdtempSync(join(tmpdir(), "cm-local-"));
  readonly cwd: string = join(this.folder, "work");
  /** The user's configuration folder, which is not there at first. */
  readonly configFolder: string = join(this.folder, "config", "configmanager");
  readonly env: Record<string, string> = {
    HOME: this.folder,
    XDG_CONFIG_HOME: join(this.folder, "config"),
    APPDATA: join(this.folder, "config"),
  };

  constructor() {
    mkdirSync(this.cwd);
  }

  /** The version that was written, or `CODE: message; hint`. */
  async put(path: string, data: string | Uint8Array, options?: LocalOptions, createOnly = false): Promise<string> {
    const answer = await this.#using(options, (store) => store.put({ path, data, createOnly }));
    return answer.ok ? answer.version : failure(answer);
  }

  ask(paths: readonly string[], options?: LocalOptions): Promise<readonly TestAnswer[]> {
    return this.#using(options, (store) => store.ask(paths.map((path) => ({ path }))));
  }

  /** A value, or `CODE: message; hint`. */
  async read(path: string, options?: LocalOptions): Promise<string> {
    const [answer] = await this.ask([path], options);
    return answer!.ok ? Buffer.from(answer!.data).toString() : failure(answer!);
  }

  list(path: string, recursive: boolean, options?: LocalOptions): Promise<TestListAnswer> {
    return this.#using(options, (store) => store.list({ path, recursive }));
  }

  async makeKey(name: string): Promise<LocalKey> {
    const identity = await createIdentity();
    const file = join(this.folder, name);
    writeFileSync(file, `${identity}\n`, { mode: 0o600 });
    return { file, identity, recipient: (await recipientOf(identity))! };
  }

  async #using<T>(options: LocalOptions | undefined, work: (store: TestStore) => Promise<T>): Promise<T> {
    const store = await openTestStore({ store: localStore, env: this.env, cwd: this.cwd, options });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }
}

function failure({ code, message, hint }: TestFailure): string {
  return `${code}: ${message}; ${hint}`;
}

/** Makes a user before each test of a file, and removes all of it afterwards. */
export function useLocalUser(): () => LocalUser {
  let user: LocalUser;
  beforeEach(() => {
    user = new LocalUser();
  });
  afterEach(() => rmSync(user.folder, { recursive: true }));
  return () => user;
}
