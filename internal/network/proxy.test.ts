import { describe, expect, it } from "vitest";
import { parseProxy, proxyFor } from "./proxy.ts";

const env = { HTTPS_PROXY: "http://proxy:3128", HTTP_PROXY: "plain:8080" };

describe("the proxy of the environment", () => {
  it.each([
    { name: "HTTPS_PROXY is for https", url: "https://a.example", env, expected: "http://proxy:3128/" },
    {
      name: "HTTP_PROXY is for http, its scheme http unless set",
      url: "http://a.example",
      env,
      expected: "http://plain:8080/",
    },
    {
      name: "lower case counts too",
      url: "https://a.example",
      env: { https_proxy: "http://p:1" },
      expected: "http://p:1/",
    },
    {
      name: "ALL_PROXY is the last resort",
      url: "https://a.example",
      env: { ALL_PROXY: "https://p:1" },
      expected: "https://p:1/",
    },
    { name: "an empty variable is none", url: "https://a.example", env: { HTTPS_PROXY: "" }, expected: undefined },
    {
      name: "HTTP_PROXY may be a header's under CGI",
      url: "http://a.example",
      env: { ...env, REQUEST_METHOD: "GET" },
      expected: undefined,
    },
    { name: "localhost needs none", url: "https://localhost:8200", env, expected: undefined },
    { name: "127.0.0.0/8 needs none", url: "http://127.1.2.3", env, expected: undefined },
    { name: "::1 needs none", url: "http://[::1]:80", env, expected: undefined },
  ])("$name", ({ url, env, expected }) => {
    expect(proxyFor(new URL(url), env)?.href).toBe(expected);
  });

  it.each([
    { noProxy: "*", url: "https://a.example", exempt: true },
    { noProxy: "a.example", url: "https://a.example", exempt: true },
    { noProxy: "example", url: "https://a.example", exempt: true },
    { noProxy: "xample", url: "https://a.example", exempt: false },
    { noProxy: ".example", url: "https://a.example", exempt: true },
    { noProxy: ".a.example", url: "https://a.example", exempt: false },
    { noProxy: "*.example", url: "https://a.example", exempt: true },
    { noProxy: "b, A.Example ,c", url: "https://a.example", exempt: true },
    { noProxy: "a.example:443", url: "https://a.example", exempt: true },
    { noProxy: "a.example:8443", url: "https://a.example", exempt: false },
    { noProxy: "10.0.0.0/8", url: "https://10.1.2.3", exempt: true },
    { noProxy: "10.0.0.0/8", url: "https://11.1.2.3", exempt: false },
    { noProxy: "10.0.0.0/8", url: "https://ten.example", exempt: false },
    { noProxy: "10.0.0.0/99", url: "https://10.1.2.3", exempt: false },
    { noProxy: "10.1.2.3:443", url: "https://10.1.2.3", exempt: true },
    { noProxy: "fd00::/8", url: "https://[fd12::1]", exempt: true },
    { noProxy: "[fd12::1]:443", url: "https://[fd12::1]", exempt: true },
    { noProxy: "fd12::1", url: "https://[fd12::1]", exempt: true },
    { noProxy: "", url: "https://a.example", exempt: false },
  ])("NO_PROXY=$noProxy for $url: exempt is $exempt", ({ noProxy, url, exempt }) => {
    expect(proxyFor(new URL(url), { ...env, NO_PROXY: noProxy }) === undefined).toBe(exempt);
  });

  it.each(["socks5://p:1", "http://", "::"])("refuses %s without quoting it", (setting) => {
    expect(() => proxyFor(new URL("https://a.example"), { HTTPS_PROXY: setting })).toThrow(
      "the proxy of the environment cannot be used: it is no http:// or https:// URL",
    );
  });
});

it("a password of a proxy that is wrongly encoded is told, and not quoted", () => {
  expect(() => parseProxy("http://user:s3%cret@proxy:1")).toThrow(/^the proxy of the environment cannot be used/);
  expect(() => parseProxy("http://user:s3%cret@proxy:1")).not.toThrow(/s3/);
});
