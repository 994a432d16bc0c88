import { describe, expect, it } from "vitest";
import { pluginEnvironment } from "./plugin-environment.ts";

const inherited = {
  PATH: "/bin",
  HOME: "/home/me",
  AWS_PROFILE: "prod",
  AWS_REGION: "eu-west-1",
  GONE: undefined,
  SystemRoot: "C:\\Windows",
  PLUGIN_CLIENT_CERT: "leaked",
  CONFIGMANAGER_SOURCE_TOKEN: "t0ken",
};

describe("pluginEnvironment", () => {
  it.each([
    {
      name: "everything but go-plugin's own and the source's token where nothing is said",
      store: {},
      expected: {
        PATH: "/bin",
        HOME: "/home/me",
        AWS_PROFILE: "prod",
        AWS_REGION: "eu-west-1",
        SystemRoot: "C:\\Windows",
      },
    },
    { name: "nothing for an empty list", store: { inheritEnv: [] }, expected: {} },
    {
      name: "exactly the named, without PATH and HOME",
      store: { inheritEnv: ["AWS_PROFILE"] },
      expected: { AWS_PROFILE: "prod" },
    },
    {
      name: "what a pattern stands for",
      store: { inheritEnv: ["AWS_*", "PATH"] },
      expected: { PATH: "/bin", AWS_PROFILE: "prod", AWS_REGION: "eu-west-1" },
    },
    { name: "no leak by name", store: { inheritEnv: ["PLUGIN_CLIENT_CERT", "PLUGIN_*"] }, expected: {} },
    {
      name: "the configuration's own over what is inherited",
      store: { inheritEnv: ["HOME"], env: { HOME: "/x" } },
      expected: { HOME: "/x" },
    },
    { name: "no case folding", store: { inheritEnv: ["path"] }, expected: {} },
  ])("has $name", ({ store, expected }) => {
    expect(pluginEnvironment(inherited, store, "linux")).toEqual(expected);
  });

  it("knows no case on Windows, and always has SYSTEMROOT there", () => {
    expect(pluginEnvironment(inherited, { inheritEnv: ["path"] }, "win32")).toEqual({
      PATH: "/bin",
      SystemRoot: "C:\\Windows",
    });
  });
});
