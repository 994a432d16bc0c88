import type { JsonNode } from "../../internal/resolve/json-text.ts";
import { prefixOfPluginName } from "../../internal/token/prefixes.ts";
import { type JsonMember, JsonMembers, lockError, placeIn } from "./json-members.ts";
import { isChecksum, isPlatformName, lockVersion } from "./lock-words.ts";
import type { Checksum, LockedDescription, LockedPlugin, PluginLock } from "./plugin-lock.ts";
import { quickLock } from "./quick-lock.ts";

/**
 * The lock that a text stands for; `file` names it in errors. Keys may stand in any order.
 *
 * @throws CM_LOCKFILE_INVALID with its place: no JSON, conflict markers, an unknown, missing or doubled key, a checksum of
 * another form, a newer `lockVersion`.
 */
export function parseLock(text: string, file: string): PluginLock {
  return quickLock(text) ?? parseStrictly(text, file);
}

/** As `parseLock`, by the reader that knows places. */
export function parseStrictly(text: string, file: string): PluginLock {
  refuseConflictMarkers(text, file);
  const json = new JsonMembers(text, file);
  checkVersion(json);
  const top = fieldsOf(json, json.root, "the lock", ["lockVersion", "plugins"], ["plugins"]);
  const plugins = json.members(top.get("plugins")!.node, '"plugins"').map((member) => {
    if (prefixOfPluginName(member.key) === undefined) {
      throw json.keyFault(
        member.node,
        `"${member.key}" is no name of a plugin`,
        "write lower-case letters, digits and _, beginning with a letter",
      );
    }
    return [member.key, readPlugin(json, member)] as const;
  });
  return { plugins: new Map(plugins) };
}

/** The one text of a lock: JSON, sorted, two blanks an indentation, a line for each checksum; LF at its end. */
export function formatLock({ plugins }: PluginLock): string {
  const sorted = [...plugins.values()].toSorted((left, right) => compare(left.name, right.name));
  return `${JSON.stringify({ lockVersion, plugins: Object.fromEntries(sorted.map((plugin) => [plugin.name, toRecord(plugin)])) }, null, 2)}\n`;
}

const pluginKeys = ["version", "source", "publicKey", "checksums", "described"];
const descriptionKeys = ["appProtocol", "prefix", "version", "metadataKeys"];

function readPlugin(json: JsonMembers, { key: name, node }: JsonMember): LockedPlugin {
  const what = `the plugin "${name}"`;
  const fields = fieldsOf(json, node, what, pluginKeys, ["checksums"]);
  const textOf = (key: string): string | undefined => {
    const field = fields.get(key);
    return field && json.text(field);
  };
  const [version, source, publicKey] = [textOf("version"), textOf("source"), textOf("publicKey")];
  const described = fields.get("described");
  return {
    name,
    ...(version !== undefined && { version }),
    ...(source !== undefined && { source }),
    checksums: readChecksums(json, fields.get("checksums")!, what),
    ...(described && { described: readDescription(json, described, what) }),
    ...(publicKey !== undefined && { publicKey }),
  };
}

function readChecksums(json: JsonMembers, { node }: JsonMember, what: string): ReadonlyMap<string, Checksum> {
  const members = json.members(node, `"checksums" of ${what}`);
  if (members.length === 0) throw json.fault(node, `${what} has no checksum`, "lock it anew");
  return new Map(
    members.map((member) => {
      const { key: platform, node: value } = member;
      if (!isPlatformName(platform)) {
        throw json.keyFault(value, `"${platform}" is no platform`, "write it as linux-amd64");
      }
      const checksum = json.text(member);
      if (!isChecksum(checksum)) {
        throw json.fault(value, `"${platform}" of ${what} has no checksum`, "write sha256: and 64 hexadecimal digits");
      }
      return [platform, checksum];
    }),
  );
}

function readDescription(json: JsonMembers, { node }: JsonMember, of: string): LockedDescription {
  const fields = fieldsOf(json, node, `"described" of ${of}`, descriptionKeys, ["appProtocol"]);
  const [prefix, version, keys] = [fields.get("prefix"), fields.get("version"), fields.get("metadataKeys")];
  return {
    appProtocol: json.count(fields.get("appProtocol")!),
    ...(prefix && { prefix: json.text(prefix) }),
    ...(version && { version: json.text(version) }),
    ...(keys && { metadataKeys: json.texts(keys) }),
  };
}

// Before anything else is looked at: another version may have other keys.
function checkVersion(json: JsonMembers): void {
  const member = json.members(json.root, "the lock").find(({ key }) => key === "lockVersion");
  if (member === undefined) throw json.fault(json.root, 'the lock has no "lockVersion"', `write ${lockVersion}`);
  const version = json.count(member);
  if (version > lockVersion) {
    const message = `the lock has version ${version}, and this program reads ${lockVersion}`;
    throw json.fault(member.node, message, "update configmanager");
  }
  if (version < lockVersion) throw json.fault(member.node, `no lock has version ${version}`, `write ${lockVersion}`);
}

// The members of an object whose keys are known. One that has to be there and is not, is a fault of the object.
function fieldsOf(
  json: JsonMembers,
  node: JsonNode,
  what: string,
  known: readonly string[],
  needed: readonly string[],
): ReadonlyMap<string, JsonMember> {
  const fields = new Map(json.members(node, what).map((member) => [member.key, member]));
  const unknown = [...fields.values()].find(({ key }) => !known.includes(key));
  if (unknown !== undefined) throw json.unknownKey(unknown, what, known);
  const missing = needed.find((key) => !fields.has(key));
  if (missing !== undefined) throw json.fault(node, `${what} has no "${missing}"`, "lock the plugins anew");
  return fields;
}

function refuseConflictMarkers(text: string, file: string): void {
  const marker = /^(?:<{7}|\|{7}|={7}|>{7})(?=[ \r\n]|$)/m.exec(text);
  if (marker === null) return;
  const start = Buffer.byteLength(text.slice(0, marker.index), "utf8");
  throw lockError(
    "the lock holds two versions of itself, which a merge left there",
    placeIn(Buffer.from(text, "utf8"), file, start, start + marker[0].length),
    "keep the lines that are wanted, remove the markers, and check with configmanager plugin verify",
  );
}

function toRecord({ version, source, publicKey, checksums, described }: LockedPlugin): object {
  return {
    version,
    source,
    publicKey,
    checksums: Object.fromEntries([...checksums].toSorted(([left], [right]) => compare(left, right))),
    described: described && {
      appProtocol: described.appProtocol,
      prefix: described.prefix,
      version: described.version,
      metadataKeys: described.metadataKeys,
    },
  };
}

// By code unit, whatever the language of the machine.
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
