/** One token through a Go plugin and through the script plugin that ships, program on Node, against bare `node -e 0` (goal for Go: at most 2.2 ×). */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { platformName } from "../host/platform.ts";
import { buildGoBinaries } from "../test/conformance/build-go.ts";
import { type Command, measureInTurn, printRatios } from "./processes.ts";

const folder = mkdtempSync(join(tmpdir(), "cm-bench-"));
try {
  const program = resolve("dist/cmd/bin.cjs");
  const commands: Command[] = [
    { name: "node -e 0", argv: [process.execPath, "-e", "0"] },
    { name: "configmanager --version", argv: [process.execPath, program, "--version"] },
    {
      name: "one token, script plugin",
      argv: [process.execPath, program, "string-input", "-i", "ENV://HOME\n", "-p", "stdout"],
      cwd: folder,
    },
  ];
  const go = await buildGoBinaries(resolve("test/.build/go"));
  if (go === undefined) console.log("Go is not there: the row of the Go plugin is left out");
  else {
    const plugins = join(folder, ".configmanager", "plugins", "gostore");
    mkdirSync(plugins, { recursive: true, mode: 0o755 });
    copyFileSync(go.plugin, join(plugins, `gostore-${platformName(process.platform, process.arch)}`));
    commands.push({
      name: "one token, Go plugin",
      argv: [process.execPath, program, "string-input", "-i", "GOSTORE://a\n", "-p", "stdout"],
      cwd: folder,
    });
  }
  printRatios(measureInTurn(commands, 20));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
