/** From the launch to the line on stdout (go-plugin protocol, sections 2 and 11.2). */
import { once } from "node:events";
import { connect } from "node:net";
import { cookieKey } from "../../../internal/goplugin/constants.ts";
import { parseGoBool, parseGoInt } from "../../../internal/goplugin/go-text.ts";
import { type Assertion, meet, Skipped, Unmet } from "../assertion.ts";
import type { TestBench } from "../bench.ts";
import { endText, exitText, quote } from "../describe-seen.ts";
import type { RawHandshake } from "../raw-plugin.ts";

const warmStartMs = 300;

async function firstLine(bench: TestBench): Promise<RawHandshake> {
  const { line } = await bench.first();
  if (line === undefined) throw new Skipped("it does not start (P3)");
  return line;
}

/** What a plugin answers to the versions that a host lists. */
async function versionFor(bench: TestBench, listed: string | undefined): Promise<string> {
  const { plugin, line } = await bench.start({ PLUGIN_PROTOCOL_VERSIONS: listed });
  await bench.end(plugin);
  return line.appVersion;
}

/** P1 to P8 and P38. First the one that all others need. */
export const handshakeAssertions: readonly Assertion[] = [
  {
    id: "P1c",
    sentence: 'it takes the magic cookie "hello", or "configmanager-plugin-hello"',
    level: "must",
    fix: `start when ${cookieKey} is one of the two, "hello" at least`,
    async check(bench) {
      const { plugin, line, refusesCookies } = await bench.first();
      if (line === undefined && !refusesCookies) throw new Skipped("it does not start (P3)");
      meet(!refusesCookies, "a start with one of them", `it refuses both, ${endText(plugin)}`);
    },
  },
  {
    id: "P3",
    sentence: "the first line on stdout is a handshake line, and ends with a line feed",
    level: "must",
    fix: "print CORE|APP|NETWORK|ADDRESS|grpc and a line feed, flush, and print nothing on stdout before it; send banners and logs to stderr",
    async check(bench) {
      const { plugin, firstLine: first, line, refusesCookies } = await bench.first();
      if (line !== undefined) return;
      if (refusesCookies) throw new Skipped("it takes no cookie (P1c)");
      const form = "1|<1 or 2>|unix|<path of the socket>|grpc and a line feed";
      if (first.kind === "line") throw new Unmet(form, quote(first.line));
      if (first.kind === "too long") {
        throw new Unmet(form, `a line that begins ${quote(plugin.stdout.slice(0, 40))} and goes on beyond 64 KiB`);
      }
      const printed = plugin.stdout === "" ? "nothing on stdout" : `${quote(plugin.stdout)} without a line feed`;
      if (first.kind === "late") {
        throw new Unmet(form, `${printed} within ${bench.subject.startTimeoutMs} ms, ${endText(plugin)}`);
      }
      if (plugin.exit === undefined) throw new Unmet(form, `${printed} before it was closed, ${endText(plugin)}`);
      throw new Unmet(
        form,
        `${printed}, ${endText(plugin)}`,
        "see what it says on stderr; give it what it needs with --env, or better let it print its handshake first",
      );
    },
  },
  {
    id: "P1",
    sentence: "without the magic cookie, or with another, it exits with 1 and prints nothing on stdout",
    level: "must",
    fix: `compare ${cookieKey} with "hello" and "configmanager-plugin-hello" before anything else; on neither, explain it on stderr and exit with 1`,
    async check(bench) {
      const [unset, other] = await bench.withoutCookie();
      for (const [plugin, name] of [
        [unset, "without"],
        [other, "with another"],
      ] as const) {
        const { exit, stdout, stderr } = plugin;
        const how = exit === undefined ? "still running after 5 s" : exitText(exit);
        const printed = stdout === "" ? "" : `, on stdout: ${quote(stdout)}`;
        const said = stderr === "" ? ", nothing on stderr" : "";
        meet(
          exit?.code === 1 && stdout === "" && stderr !== "",
          "exit code 1, nothing on stdout, a text for people on stderr",
          `${name} cookie: ${how}${printed}${said}`,
        );
      }
    },
  },
  {
    id: "P1b",
    sentence: 'what it then says on stderr begins "This binary is a plugin"',
    level: "should",
    fix: 'begin the text with "This binary is a plugin": by that hosts know that it is the cookie, and try the other one',
    async check(bench) {
      for (const { exit, stderr } of await bench.withoutCookie()) {
        if (exit === undefined) throw new Skipped("it does not exit (P1)");
        const said = stderr === "" ? "nothing" : quote(stderr.split("\n")[0]!);
        meet(stderr.startsWith("This binary is a plugin"), '"This binary is a plugin…"', said);
      }
    },
  },
  {
    id: "P4",
    sentence: "the handshake line has five or six fields, each of them right, and no certificate",
    level: "must",
    fix: "print 1|<version>|unix|<absolute path>|grpc without blanks; a sixth field is empty unless PLUGIN_CLIENT_CERT is set",
    async check(bench) {
      const { fields } = await firstLine(bench);
      const [core = "", app = "", network = "", address = "", protocol = "netrpc", certificate = ""] = fields;
      meet(parseGoInt(core) === 1, "core protocol version 1", quote(core));
      meet(["1", "2"].includes(app), "app protocol version 1 or 2", quote(app));
      meet(network === "unix" || network === "tcp", "the network unix or tcp", quote(network));
      const isAddress =
        network === "unix" ? /^\/./.test(address) : /^[^:]*:[1-9][0-9]*$|^\[.*\]:[1-9][0-9]*$/.test(address);
      meet(isAddress, network === "unix" ? "an absolute path" : "host:port", quote(address));
      meet(protocol === "grpc", 'the protocol "grpc"', quote(protocol));
      meet(certificate === "", "no certificate", `a sixth field of ${certificate.length} characters`);
      meet(fields.length <= 6, "five or six fields", `${fields.length} fields`);
    },
  },
  {
    id: "P5",
    sentence: "it prints a seventh field only when PLUGIN_MULTIPLEX_GRPC is set, and then true or false",
    level: "must",
    fix: "leave the seventh field out; when PLUGIN_MULTIPLEX_GRPC is not empty it may be false, or true with yamux",
    async check(bench) {
      for (const asked of ["", "true"]) {
        const { plugin, line } = await bench.start({ PLUGIN_MULTIPLEX_GRPC: asked });
        await bench.end(plugin);
        const seventh = line.fields[6];
        if (asked === "") meet(seventh === undefined, "no seventh field unasked", quote(seventh ?? ""));
        else meet(seventh === undefined || parseGoBool(seventh) !== undefined, "true or false", quote(seventh ?? ""));
      }
    },
  },
  {
    id: "P6",
    sentence: "it accepts connections by the time the line is printed",
    level: "must",
    fix: "listen first, then print the handshake line with the address that was listened on",
    async check(bench) {
      for (let round = 0; round < 2; round++) {
        const { plugin, line } = await bench.start();
        const { network, address } = line;
        const socket = network === "unix" ? connect(address) : connect(Number(address.split(":").at(-1)), "127.0.0.1");
        const error = await Promise.race([
          once(socket, "connect").then(() => undefined),
          once(socket, "error").then(([thrown]) => thrown as Error),
        ]).catch((thrown: unknown) => thrown as Error);
        socket.destroy();
        await bench.end(plugin);
        meet(error === undefined, `a connection to ${quote(address)}`, error?.message ?? "");
      }
    },
  },
  {
    id: "P7",
    sentence: "of the versions in PLUGIN_PROTOCOL_VERSIONS it takes the highest that it speaks, else its lowest",
    level: "must",
    fix: "split the variable at commas, take the highest version that both know; when there is none, print your lowest one and let the host complain",
    async check(bench) {
      const lists = ["1", "2", "1,2", "2,1", "2,1,999", "998", "", undefined];
      const answers = await Promise.all(lists.map((list) => versionFor(bench, list)));
      const [one, two] = answers;
      const own = [...(one === "1" ? [1] : []), ...(two === "2" ? [2] : [])];
      meet(own.length > 0, "version 1 or 2 of the app protocol", `"${one}" for "1" and "${two}" for "2"`);
      const [highest, lowest] = [String(Math.max(...own)), String(Math.min(...own))];
      const wanted = [one, two, highest, highest, highest, lowest, lowest, lowest];
      for (const [index, list] of lists.entries()) {
        const asked = list === undefined ? "unset" : `"${list}"`;
        meet(answers[index] === wanted[index], `"${wanted[index]}" when it is ${asked}`, `"${answers[index]}"`);
      }
    },
  },
  {
    id: "P8",
    sentence: "it skips what is no number in PLUGIN_PROTOCOL_VERSIONS",
    level: "should",
    fix: "ignore entries that are no number, and go on with the others",
    async check(bench) {
      const { appVersion } = await firstLine(bench);
      for (const list of [`x,${appVersion}`, `${appVersion},,`]) {
        const answer = await versionFor(bench, list);
        meet(answer === appVersion, `"${appVersion}" for "${list}"`, `"${answer}"`);
      }
    },
  },
  {
    id: "P38",
    sentence: `its handshake comes within ${warmStartMs} ms, in the best of several starts`,
    level: "should",
    fix: "print the handshake line first, and load clients and credentials afterwards or with the first value",
    async check(bench) {
      await firstLine(bench);
      for (let round = 0; round < 2; round++) await bench.end((await bench.start()).plugin);
      const times = bench.launched.flatMap(({ handshakeMs }) => handshakeMs ?? []);
      const best = Math.round(Math.min(...times));
      meet(best <= warmStartMs, `at most ${warmStartMs} ms`, `${best} ms in the best of ${times.length} starts`);
    },
  },
];
