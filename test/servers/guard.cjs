/**
 * Runs a program and ends it when whoever has started this is gone, however it ended: its end of this one's stdin closes
 * then. A test process that is killed can do nothing itself.
 */
const { spawn } = require("node:child_process");
const process = require("node:process");

const [file = "", ...args] = process.argv.slice(2);
const child = spawn(file, args, { stdio: ["ignore", "inherit", "inherit"] });
child.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.on("exit", (code) => process.exit(code ?? 1));
const end = () => child.kill("SIGKILL");
process.stdin.on("end", end).on("error", end).resume();
