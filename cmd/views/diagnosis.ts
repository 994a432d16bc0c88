/** What `doctor` found out, for a terminal of 80 columns or as JSON. */
import type { PluginInspection } from "../../configmanager.ts";
import type { StoreConfig } from "../../internal/config/config.ts";
import { escapeControls, jsonText } from "../../internal/errors/redact.ts";
import type { Note } from "../commands/doctor-notes.ts";
import { formatErrors } from "../print-error.ts";

/** A plugin as it was found and started, or a composite store. */
export interface ExaminedPlugin extends PluginInspection {
  /** Its entry in the configuration. */
  readonly store?: StoreConfig | undefined;
  /** Of its file, 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
  /** Absent where there is no lock for it. */
  readonly lock?: LockState | undefined;
  readonly notes: readonly Note[];
}

/** What a lock says of a plugin. */
export interface LockState {
  /** The lock. */
  readonly file: string;
  /** Whether the plugin's file is the one that is locked for this platform. */
  readonly state: "as locked" | "differs" | "not locked";
}

/** Everything that was looked at. */
export interface Diagnosis {
  readonly version: string;
  /** What runs the program, `node 20.19.0` or `bun 1.4.5`. */
  readonly runtime: string;
  readonly platform: string;
  /** Those that were read, nearest first. */
  readonly configFiles: readonly string[];
  /** Where plugins put their sockets; undefined on Windows, where they have none. */
  readonly sockets: { readonly folder: string; readonly isWritable: boolean } | undefined;
  readonly plugins: readonly ExaminedPlugin[];
  /** Prefixes that are known without a plugin, and have none here. */
  readonly absent: readonly string[];
  readonly strays: readonly Note[];
}

/** A block for each plugin; one that ships with the program and is as it was shipped has a line. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { version, runtime, platform, configFiles, sockets, plugins, absent, strays } = diagnosis;
  const ordinary = plugins.filter(isOrdinary);
  const others = plugins.filter((plugin) => !isOrdinary(plugin));
  const blocks = [
    [
      `configmanager ${version}, ${runtime}, ${platform}\n`,
      field("config", configFiles.length === 0 ? "no file" : configFiles.join(", ")),
      sockets === undefined ? "" : socketLines(sockets),
    ].join(""),
    ...others.map(pluginBlock),
    ordinary.length === 0 ? "" : `shipped with the program\n${ordinary.map(shippedLine).join("")}`,
    absent.length === 0 ? "" : wrap(`no plugin is there for ${absent.join(", ")}`, ""),
    strays.map((note) => noteLines(note, "")).join(""),
  ];
  return blocks.filter((block) => block !== "").join("\n");
}

/** The same for programs: one object. */
export function diagnosisAsJson({ version, runtime, sockets, plugins, ...others }: Diagnosis): string {
  return `${jsonText({
    configmanager: version,
    runtime,
    ...others,
    sockets: sockets && { folder: sockets.folder, writable: sockets.isWritable },
    plugins: plugins.map(toRecord),
  })}\n`;
}

const columns = 80;
const labelWidth = 9;

function isOrdinary({ origin, store, error, notes }: ExaminedPlugin): boolean {
  return origin === "shipped" && store === undefined && error === undefined && notes.length === 0;
}

function socketLines({ folder, isWritable }: NonNullable<Diagnosis["sockets"]>): string {
  if (isWritable) return field("sockets", folder);
  return (
    field("sockets", `${folder}, which cannot be written`) +
    hintLine("set TMPDIR to a folder that can be written", "  ")
  );
}

function pluginBlock(plugin: ExaminedPlugin): string {
  const { prefix, origin, facts, sha256, lock, handshake, description, error, store, notes } = plugin;
  const lines = [wrap(headOf(prefix, origin, store), "")];
  if (facts !== undefined) {
    const { file, mode, owner, format, architecture } = facts;
    lines.push(field("file", file), field("mode", `${mode} of user ${owner}, ${format} for ${architecture}`));
  }
  if (sha256 !== undefined) lines.push(field("sha256", sha256));
  if (lock !== undefined) lines.push(field("lock", `${lockTexts[lock.state]} ${lock.file}`));
  if (handshake !== undefined) {
    const { appVersion, network, isEncrypted } = handshake;
    lines.push(field("speaks", `protocol ${appVersion} over ${network}, ${isEncrypted ? "" : "not "}encrypted`));
  }
  if (description !== undefined) {
    const { prefix: usual, version, summary, pathForm, canPut, canList } = description;
    lines.push(
      field("is", `${usual} ${version || "without a version"}${summary === "" ? "" : `: ${summary}`}`),
      pathForm === "" ? "" : field("path", pathForm),
      field("metadata", metadataOf(plugin)),
      field("can", ["read", ...(canPut ? ["write"] : []), ...(canList ? ["list"] : [])].join(", ")),
    );
  } else if (handshake?.appVersion === 1) {
    lines.push(field("is", "a plugin of protocol 1, which says nothing of itself"));
  }
  if (error !== undefined)
    lines.push(indent(formatErrors([error], { format: "text", colors: false, lineOf: () => undefined })));
  return lines.join("") + notes.map((note) => noteLines(note, "  ")).join("");
}

function headOf(prefix: string, origin: PluginInspection["origin"], store: StoreConfig | undefined): string {
  if (store?.members !== undefined) return `${prefix}, made of ${store.members.join(", ")}`;
  const alias = store?.plugin === undefined ? "" : `, an alias of ${store.plugin}`;
  return `${prefix}${alias}${origin === undefined ? "" : `, ${places[origin]}`}`;
}

const lockTexts: Readonly<Record<LockState["state"], string>> = {
  "as locked": "as in",
  differs: "differs from",
  "not locked": "not in",
};

const places: Readonly<Record<NonNullable<PluginInspection["origin"]>, string>> = {
  configuration: "by its path in the configuration",
  CONFIGMANAGER_DIR: "below CONFIGMANAGER_DIR",
  "working directory": "in the working directory",
  "home folder": "in the home folder",
  shipped: "shipped with the program",
};

function shippedLine(plugin: ExaminedPlugin): string {
  const { prefix, handshake, description } = plugin;
  const says = `${description?.version ?? ""} (protocol ${handshake?.appVersion ?? "unknown"}), metadata: ${metadataOf(plugin)}`;
  return wrap(`${prefix.padEnd(12)} ${says}`, "  ", " ".repeat(15));
}

function metadataOf({ description }: ExaminedPlugin): string {
  const { metadataKeys = [], anyMetadata = false } = description ?? {};
  const names = metadataKeys.map(({ name, required }) => (required ? `${name} (required)` : name));
  return [...names, ...(anyMetadata ? ["any"] : [])].join(", ") || "none";
}

function noteLines({ message, hint }: Note, indentation: string): string {
  return wrap(`note: ${message}`, indentation, `${indentation}  `) + hintLine(hint, indentation);
}

function hintLine(hint: string, indentation: string): string {
  return wrap(`hint: ${hint}`, `${indentation}  `, `${indentation}    `);
}

function field(label: string, text: string): string {
  return wrap(text, `  ${label.padEnd(labelWidth)}`, " ".repeat(labelWidth + 2));
}

// Broken at blanks; what is longer than a line stays whole, so that a path can be copied.
function wrap(text: string, first: string, others: string = first): string {
  const lines: string[] = [];
  let line = first;
  for (const [index, word] of escapeControls(text).split(" ").entries()) {
    if (index > 0 && line.length + 1 + word.length > columns) {
      lines.push(line.trimEnd());
      line = others + word;
    } else {
      line += index === 0 ? word : ` ${word}`;
    }
  }
  return [...lines, line.trimEnd(), ""].join("\n");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

function toRecord({
  prefix,
  origin,
  store,
  facts,
  sha256,
  lock,
  handshake,
  description,
  error,
  notes,
}: ExaminedPlugin): object {
  return {
    prefix,
    origin,
    ...(store?.plugin === undefined ? {} : { aliasOf: store.plugin }),
    ...(store?.members === undefined ? {} : { members: store.members }),
    ...facts,
    sha256,
    lock,
    protocol: handshake?.appVersion,
    network: handshake?.network,
    encrypted: handshake?.isEncrypted,
    description,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message, hint: error.hint } }),
    notes,
  };
}
