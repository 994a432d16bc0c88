/** The numbered assertions of go-plugin-protocol.md, section 11.1: the connection, plain and under AutoMTLS. */
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { goStore, itWithGo } from "../test/helpers/go-plugin.ts";
import { plainEnvironment, printingPlugin, readNotes } from "../test/helpers/scripted-plugin.ts";
import {
  askScripted,
  createScriptedPool,
  createTestPool,
  startError,
  temporaryFolder,
  type TestPoolOptions,
} from "../test/helpers/test-pool.ts";
import { type Certificate, createCertificate } from "../internal/goplugin/certificate.ts";

let own: Certificate;
let other: Certificate;
beforeAll(async () => {
  [own, other] = await Promise.all([createCertificate(), createCertificate()]);
});

describe("AutoMTLS", () => {
  it("H18 verifies the connection against the certificate of the handshake line", async () => {
    const test = createScriptedPool({ tls: own }, { mtls: "always" });
    expect(await askScripted(test)).toBe("path->");
  });

  itWithGo("H18 reads the certificate of a Go plugin, whatever its length in base64", async () => {
    // The length of a signature differs from run to run, and with it whether there would be padding.
    for (let run = 0; run < 10; run++) {
      const test = createTestPool({ stores: { SCRIPTED: goStore() }, mtls: "always" });
      expect(await askScripted(test)).toBe("path->");
    }
  });

  it("H19 refuses a plugin that shows another certificate than its handshake line", async () => {
    const tls = { ...own, servedPem: other.certificatePem, keyOfServedPem: other.keyPem };
    const error = await startError(createScriptedPool({ tls }, { mtls: "always" }));
    expect(error.code).toBe("CM_HANDSHAKE_TLS");
    expect(error.message).toContain("certificate");
  });

  it("H19 refuses a plugin that does not speak TLS behind its certificate", async () => {
    const line = `1|1|{network}|{address}|grpc|${Buffer.from(own.certificateDer).toString("base64").replaceAll("=", "")}`;
    const error = await startError(createScriptedPool({ line }, { mtls: "always" }));
    expect(error.code).toBe("CM_HANDSHAKE_TLS");
  });

  it("H20 shows the certificate of PLUGIN_CLIENT_CERT, which the plugin insists on", async () => {
    // The scripted plugin trusts exactly what it finds there.
    expect(await askScripted(createScriptedPool({ tls: own }, { mtls: "always" }))).toBe("path->");
  });

  itWithGo("H20 is accepted by a Go plugin with AutoMTLS", async () => {
    expect(await askScripted(createTestPool({ stores: { SCRIPTED: goStore() }, mtls: "always" }))).toBe("path->");
  });
});

describe("network and encryption", () => {
  const cases = [
    { network: "unix", mtls: "auto" },
    { network: "unix", mtls: "always" },
    { network: "tcp", mtls: "auto" },
    { network: "tcp", mtls: "always" },
  ] as const;

  it.each(cases)("H21 works on $network with mtls $mtls", async ({ network, mtls }) => {
    const test = createScriptedPool({ network, ...(mtls === "always" ? { tls: own } : {}) }, { mtls });
    expect(await askScripted(test)).toBe("path->");
    const warnings = test.records.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(warnings).toEqual(
      network === "tcp" && mtls === "auto"
        ? ["a plugin listens on a port that every user of this machine can reach"]
        : [],
    );
  });

  itWithGo.each(cases)("H21 works with a Go plugin on $network with mtls $mtls", async ({ network, mtls }) => {
    expect(await askScripted(createTestPool({ stores: { SCRIPTED: goStore({ network }) }, mtls }))).toBe("path->");
  });

  it("H28 sends no keepalive: nothing is waiting to be sent on a connection that is at rest", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const test = createScriptedPool({});
    expect(await askScripted(test)).toBe("path->");
    // What others wait for in this process comes and goes; what belongs to a connection stays as long as that does.
    const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
    for (let turns = 0; turns < 10_000 && timers() > before; turns++) await turn();
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it.each(["unix", "tcp"] as const)(
    "H41 connects directly on %s, whatever proxy the environment names",
    async (network) => {
      const proxy = "http://127.0.0.1:1";
      const proxies = { http_proxy: proxy, https_proxy: proxy, grpc_proxy: proxy, HTTP_PROXY: proxy, no_proxy: "" };
      const options: TestPoolOptions = { context: { env: { ...plainEnvironment(), ...proxies } } };
      // gRPC's own libraries ask this process's environment.
      for (const [name, value] of Object.entries(proxies)) {
        const before = process.env[name];
        process.env[name] = value;
        onTestFinished(() => {
          if (before === undefined) delete process.env[name];
          else process.env[name] = before;
        });
      }
      expect(await askScripted(createScriptedPool({ network }, options))).toBe("path->");
    },
  );
});

describe("a connection that cannot be made", () => {
  it("names the plugin and the reason when nobody listens", async () => {
    const file = printingPlugin(temporaryFolder(), "1|1|unix|/nowhere/socket|grpc|\n");
    const error = await startError(createTestPool({ stores: { SCRIPTED: { path: file } } }));
    expect(error.code).toBe("CM_PLUGIN_CONNECT");
    expect(error.message).toMatch(/^the plugin of "SCRIPTED" started, but the connection cannot be made: .*ENOENT/);
  });

  it("gives up after the start's time-out when whoever listens does not speak HTTP/2", async () => {
    const socket = join(temporaryFolder(), "mute");
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(socket, resolve));
    onTestFinished(() => void mute.close());
    const file = printingPlugin(temporaryFolder(), `1|1|unix|${socket}|grpc|\n`);
    const error = await startError(createTestPool({ stores: { SCRIPTED: { path: file } }, pluginStartTimeoutMs: 400 }));
    expect(error).toMatchObject({ code: "CM_PLUGIN_CONNECT" });
  });

  it("tells the exit when the plugin ends right after its handshake", async () => {
    const file = printingPlugin(temporaryFolder(), "1|1|unix|/nowhere/socket|grpc|\n");
    const { readFileSync, writeFileSync } = await import("node:fs");
    writeFileSync(file, readFileSync(file, "utf8").replace("exec sleep 300", "exit 5"));
    const error = await startError(createTestPool({ stores: { SCRIPTED: { path: file } } }));
    expect(error.code).toBe("CM_PLUGIN_CRASHED");
    expect(error.message).toBe('the plugin of "SCRIPTED" exited with code 5 right after its handshake');
  });
});

describe("the long streams", () => {
  it("H23 opens the stdio stream once, before any other call, and reads 1 MiB of it", async () => {
    const notesTo = join(temporaryFolder(), "notes");
    const test = createScriptedPool({ notesTo });
    expect(await askScripted(test, "print/1048576")).toBe("print/1048576->");
    const events = readNotes(notesTo).map(({ event }) => event);
    expect(events.indexOf("stdio")).toBeLessThan(events.indexOf("value print/1048576"));
    expect(events.filter((event) => event === "stdio")).toHaveLength(1);
    expect(test.records.some(({ fields }) => fields["channel"] === "stdout")).toBe(true);
  });

  itWithGo("H23 reads 1 MiB that a Go plugin prints, and more than once", async () => {
    const test = createTestPool({ stores: { SCRIPTED: goStore() } });
    expect(await askScripted(test, "print/1048576")).toBe("print/1048576->");
    expect(await askScripted(test, "print/1048576")).toBe("print/1048576->");
  });

  it.each([
    { name: "not there", script: { without: ["stdio"] } },
    { name: "unavailable", script: { stdio: "unavailable" } },
    { name: "ended at once", script: { stdio: "end" } },
  ] as const)("H24 is no error when stdio is $name", async ({ script }) => {
    const test = createScriptedPool(script);
    expect(await askScripted(test)).toBe("path->");
    expect(await askScripted(test, "again")).toBe("again->");
  });

  it("H25 opens the broker's stream", async () => {
    const notesTo = join(temporaryFolder(), "notes");
    expect(await askScripted(createScriptedPool({ notesTo }))).toBe("path->");
    expect(readNotes(notesTo).filter(({ event }) => event === "broker")).toHaveLength(1);
  });

  it("H25 is no error when broker, stdio and health are not there", async () => {
    expect(await askScripted(createScriptedPool({ without: ["broker", "stdio", "health"] }))).toBe("path->");
  });
});
