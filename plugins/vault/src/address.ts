import { posix } from "node:path";
import { badRequest, refuseMetadata, type StoreRequest } from "configmanager/plugin";

/** What answers at a path: a KV mount of either version, or anything that answers with `data`. */
export type Engine = "kv2" | "kv1" | "raw";

/** A read as Vault understands it. */
export interface VaultRead {
  readonly engine: Engine;
  /** Of the secrets engine, cleaned, without slashes around it; empty for a raw path that names none. */
  readonly mount: string;
  /** What is read, below `/v1/`, cleaned: `secret/data/demo/app`. Policies name it like this. */
  readonly path: string;
  /** Of a secret of KV version 2, as Vault gets it. */
  readonly version: string | undefined;
  /** The role to log in with, when the token names one. */
  readonly role: string | undefined;
}

/**
 * What a token means: the mount stands before the first `___`, further ones are taken out of the rest as the Go store does.
 * `kv1` and `raw` also take a path without `___`. Throws `badRequest`.
 */
export function toVaultRead({ path, metadata }: StoreRequest): VaultRead {
  refuseKey(metadata);
  const engine = toEngine(metadata);
  const version = metadata["version"] || undefined;
  if (version !== undefined && engine !== "kv2") {
    throw badRequest(`there are no versions with engine=${engine}`, { hint: "leave version out of the token" });
  }
  const { first, mount, below } = splitPath(path, engine);
  if (below === "" && engine === "kv2") throw withoutMount(path);
  return {
    engine,
    mount,
    path: posix.join(first, engine === "kv2" ? "data" : "", below),
    version: version === undefined ? undefined : toVersion(version),
    role: toRole(metadata),
  };
}

/** A folder of secrets as Vault understands it. */
export interface VaultFolder {
  /** What is listed, below `/v1/`, with a slash at its end: `secret/metadata/demo/`. */
  readonly path: string;
  readonly role: string | undefined;
  /** The read of what lies at a path below the folder. */
  readonly readOf: (below: string) => VaultRead;
  /** The path by which a token asks for that. */
  readonly tokenPath: (below: string) => string;
}

/** What a path means whose secrets are listed: as for a token, but a mount may stand alone. Throws `badRequest`. */
export function toVaultFolder(request: StoreRequest): VaultFolder {
  refuseMetadata(request, ["version"], "listing");
  const { path, metadata } = request;
  refuseKey(metadata);
  const engine = toEngine(metadata);
  if (engine === "raw") {
    throw badRequest("engine=raw cannot be listed", { hint: "list a KV mount, or ask for each path by a token" });
  }
  const { first, mount, below } = splitPath(path, engine);
  const at = (part: string): string => posix.join(first, engine === "kv2" ? part : "", below);
  const role = toRole(metadata);
  return {
    path: `${at("metadata")}/`,
    role,
    readOf: (name) => ({ engine, mount, path: `${at("data")}/${name}`, version: undefined, role }),
    tokenPath: (name) => `${path.replace(/\/+$/, "")}/${name}`,
  };
}

/** `first` is the mount, or all of a path that names none; `mount` is then empty. */
function splitPath(path: string, engine: Engine): { first: string; mount: string; below: string } {
  const [text = "", ...rest] = path.replace(/^\//, "").split("___");
  const first = cleanPath(text);
  if (first === "" || (rest.length === 0 && engine === "kv2")) throw withoutMount(path);
  return { first, mount: rest.length === 0 ? "" : first, below: cleanPath(rest.join("").replace(/^\//, "")) };
}

function toRole(metadata: StoreRequest["metadata"]): string | undefined {
  return metadata["iam_role"] || metadata["role"] || undefined;
}

function refuseKey(metadata: StoreRequest["metadata"]): void {
  if (metadata["key"] === undefined) return;
  throw badRequest('metadata key "key" is for writing', { hint: "put the key path behind | instead" });
}

/** A path as it is sent: what may not stand in a URL is percent-encoded, by the choice of Go's `net/url`. */
export function encodePath(path: string): string {
  return encodeURIComponent(path)
    .replace(/%(24|26|2B|2C|2F|3A|3B|3D|40)/g, (code) => decodeURIComponent(code))
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

const engines: readonly string[] = ["kv2", "kv1", "raw"] satisfies readonly Engine[];

function toEngine({ engine: name }: StoreRequest["metadata"]): Engine {
  if (name === undefined || name === "") return "kv2";
  if (engines.includes(name)) return name as Engine;
  throw badRequest(`engine "${name}" is not known`, { hint: "write engine=kv2, engine=kv1 or engine=raw" });
}

function withoutMount(path: string): Error {
  return badRequest(`"${path}" does not say which mount holds which secret`, {
    hint: "write VAULT://<mount>___<path of the secret>, or add [engine=raw] to read any path",
  });
}

/** Like Go's `path.Join`, but what leads upwards is refused: a policy is written for the path that the token shows. */
function cleanPath(path: string): string {
  if (path.split("/").includes("..")) {
    throw badRequest(`"${path}" leads upwards`, { hint: "write the path without .." });
  }
  if (/\p{Cc}|\p{Surrogate}/u.test(path)) throw badRequest("the path holds characters that cannot be sent");
  return posix.join("/", path).replace(/^\/+|\/+$/g, "");
}

/** In the words of Go's `strconv.Atoi`, which v3's users know. */
function toVersion(text: string): string {
  const because = /^[+-]?\d+$/.test(text) ? "value out of range" : "invalid syntax";
  const version = because === "invalid syntax" ? undefined : BigInt(text.replace(/^\+/, ""));
  if (version === undefined || BigInt.asIntN(64, version) !== version) {
    throw badRequest(
      `unable to parse version into an integer: strconv.Atoi: parsing ${JSON.stringify(text)}: ${because}`,
      {
        hint: "write version=<number of the version>",
      },
    );
  }
  return String(version);
}
