import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { addService, startGrpcPair } from "../../test/helpers/grpc-pair.ts";
import { channelTarget, hostChannelOptions } from "./channel-options.ts";
import { checkHealth, createHealthService } from "./health.ts";

describe("channelTarget", () => {
  it.each([
    { network: "unix", address: "/tmp/plugin1", expected: "unix:///tmp/plugin1" },
    { network: "unix", address: "//tmp/plugin1", expected: "unix:////tmp/plugin1" },
    { network: "unix", address: "plugin1", expected: "unix:plugin1" },
    { network: "tcp", address: "127.0.0.1:1", expected: "dns:127.0.0.1:1" },
    { network: "tcp", address: "[::1]:1", expected: "dns:[::1]:1" },
    { network: "tcp", address: ":1", expected: "dns:127.0.0.1:1" },
  ] as const)("of $network $address is $expected", ({ network, address, expected }) => {
    expect(channelTarget({ network, address })).toBe(expected);
  });

  it.each(["/plugin1", "//plugin1", "/a b?c#d%20ü:e"])("leads to a socket at %s in a folder", async (name) => {
    const folder = mkdtempSync(join(tmpdir(), "cm-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const target = channelTarget({ network: "unix", address: folder + name });
    const server = new Server();
    addService(server, Health, createHealthService().handlers);
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(target, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    onTestFinished(() => server.forceShutdown());
    const client = new Client(target, credentials.createInsecure(), hostChannelOptions);
    onTestFinished(() => client.close());
    expect(await checkHealth(client, 5000)).toBe("serving");
  });
});

describe("hostChannelOptions", () => {
  it("connect directly whatever proxy the environment names", async () => {
    const proxies = ["http_proxy", "https_proxy", "grpc_proxy"];
    const before = proxies.map((name) => [name, process.env[name]] as const);
    for (const name of proxies) process.env[name] = "http://127.0.0.1:9";
    onTestFinished(() => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    const { client } = await startGrpcPair((server) => addService(server, Health, createHealthService().handlers), {
      network: "tcp",
    });
    expect(await checkHealth(client, 5000)).toBe("serving");
  });
});
