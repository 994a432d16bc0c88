/** What the first bytes of a file say it is. */
export type ExecutableFormat =
  | { readonly kind: "elf" | "mach-o" | "pe"; readonly architectures: readonly string[] }
  | { readonly kind: "script"; readonly interpreter: string }
  | { readonly kind: "unknown"; readonly looksLike: string };

/** How many bytes of a file `readExecutableFormat` wants to see; a shorter file is shown whole. */
export const formatHeadBytes = 4096;

const machines: Readonly<Record<"elf" | "mach-o" | "pe", Readonly<Record<number, string>>>> = {
  elf: {
    3: "ia32",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "x64",
    183: "arm64",
    243: "riscv64",
    258: "loong64",
  },
  "mach-o": { 0x7: "ia32", 0xc: "arm", 0x1000007: "x64", 0x100000c: "arm64" },
  pe: { 0x14c: "ia32", 0x1c0: "arm", 0x8664: "x64", 0xaa64: "arm64" },
};

/** Recognises ELF, Mach-O, PE and `#!` from the head of a file; architectures are spelled as Node does. Never throws. */
export function readExecutableFormat(head: Buffer): ExecutableFormat {
  if (head.length >= 20 && head.readUInt32BE(0) === 0x7f454c46) return elf(head);
  if (head.length >= 8) {
    const magic = head.readUInt32BE(0);
    if (magic === 0xcffaedfe || magic === 0xcefaedfe) return native("mach-o", [head.readUInt32LE(4)]);
    if (magic === 0xfeedfacf || magic === 0xfeedface) return native("mach-o", [head.readUInt32BE(4)]);
    // A Java class begins alike; what follows is its version there, and at most a few architectures here.
    if (magic === 0xcafebabe && head.readUInt32BE(4) < 0x20) return fatMachO(head);
  }
  if (head.length >= 64 && head.toString("latin1", 0, 2) === "MZ") return pe(head);
  if (head.toString("latin1", 0, 2) === "#!") return { kind: "script", interpreter: interpreterOf(head) };
  return { kind: "unknown", looksLike: guess(head) };
}

function elf(head: Buffer): ExecutableFormat {
  return native("elf", [head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18)]);
}

function fatMachO(head: Buffer): ExecutableFormat {
  const entryBytes = 20;
  const count = Math.min(head.readUInt32BE(4), Math.floor((head.length - 8) / entryBytes));
  return native(
    "mach-o",
    Array.from({ length: count }, (_, index) => head.readUInt32BE(8 + index * entryBytes)),
  );
}

function pe(head: Buffer): ExecutableFormat {
  const offset = head.readUInt32LE(0x3c);
  if (offset + 6 > head.length || head.toString("latin1", offset, offset + 4) !== "PE\0\0") {
    return { kind: "unknown", looksLike: "a DOS program" };
  }
  return native("pe", [head.readUInt16LE(offset + 4)]);
}

function native(kind: "elf" | "mach-o" | "pe", numbers: readonly number[]): ExecutableFormat {
  return { kind, architectures: numbers.map((number) => machines[kind][number] ?? `machine ${number}`) };
}

// The kernel takes everything up to the first blank; a carriage return of a Windows line end belongs to the name.
function interpreterOf(head: Buffer): string {
  const line = head.toString("utf8", 2, head.includes(0x0a) ? head.indexOf(0x0a) : head.length);
  return /^[ \t]*([^ \t]*)/.exec(line)?.[1] ?? "";
}

function guess(head: Buffer): string {
  if (head.length === 0) return "an empty file";
  const start = head.toString("latin1", 0, 64).trimStart().toLowerCase();
  if (start.startsWith("<!doctype") || start.startsWith("<html")) return "a web page";
  if (
    start.startsWith("\x1f\x8b") ||
    start.startsWith("pk\x03\x04") ||
    start.startsWith("bzh") ||
    start.startsWith("\xfd7zxz")
  ) {
    return "an archive";
  }
  return head.subarray(0, 512).includes(0) ? "data of an unknown kind" : 'text without a first line "#!"';
}
