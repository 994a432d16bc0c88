import { BlockList, isIP } from "node:net";
import { NetworkSettingError } from "./setting-error.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL as Go's `net/http` chooses it, so that one environment serves plugins in both languages:
 * `HTTPS_PROXY`, `HTTP_PROXY` (not under CGI), then `ALL_PROXY`, except for this machine itself and what `NO_PROXY` names
 * (`*`, hosts with their subdomains, `.domain` for the subdomains alone, addresses, CIDR blocks, each with an optional port).
 * Undefined when the way is direct. Throws NetworkSettingError for a proxy that cannot be used.
 */
export function proxyFor(url: URL, env: Env): URL | undefined {
  const setting = proxySetting(url.protocol, env);
  if (setting === undefined || isExempt(url, env)) return undefined;
  return parseProxy(setting);
}

/** The URL of a proxy; a scheme that is missing is http. Throws NetworkSettingError, without quoting it: it may hold a password. */
export function parseProxy(setting: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(setting) ? setting : `http://${setting}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol) || !areDecodable(proxy)) {
    throw new NetworkSettingError(
      "proxy",
      "the proxy of the environment cannot be used: it is no http:// or https:// URL",
      "set HTTPS_PROXY to http://host:port",
    );
  }
  return proxy;
}

/** The host of a URL as a socket wants it: an address of IPv6 without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** The port of a proxy. */
export function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function areDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function proxySetting(protocol: string, env: Env): string | undefined {
  const names = protocol === "https:" ? ["HTTPS_PROXY"] : env["REQUEST_METHOD"] === undefined ? ["HTTP_PROXY"] : [];
  return firstSet([...names, "ALL_PROXY"], env);
}

function firstSet(names: readonly string[], env: Env): string | undefined {
  for (const name of names) {
    const value = env[name] || env[name.toLowerCase()];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

function isExempt(url: URL, env: Env): boolean {
  const host = hostOf(url).toLowerCase();
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const family = isIP(host);
  if (host === "localhost" || (family !== 0 && isLoopback(host, family))) return true;
  return (firstSet(["NO_PROXY"], env) ?? "").split(",").some((entry) => entryMatches(entry.trim(), host, port, family));
}

function isLoopback(address: string, family: number): boolean {
  return family === 6 ? address === "::1" : address.startsWith("127.");
}

function entryMatches(entry: string, host: string, port: string, family: number): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  if (entry.includes("/")) return family !== 0 && blockHolds(entry, host, family);
  const { name, port: entryPort } = splitPort(entry.toLowerCase());
  if (entryPort !== undefined && entryPort !== port) return false;
  if (family !== 0 || isIP(name) !== 0) return name === host;
  const suffix = name.replace(/^\*(?=\.)/, "");
  if (suffix.startsWith(".")) return host.endsWith(suffix);
  return host === suffix || host.endsWith(`.${suffix}`);
}

function blockHolds(block: string, address: string, family: number): boolean {
  const [network = "", prefix = ""] = block.split("/");
  const blockFamily = isIP(network);
  if (blockFamily !== family || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 6 ? 128 : 32)) return false;
  const kind = family === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), kind);
  return list.check(address, kind);
}

function splitPort(entry: string): { readonly name: string; readonly port: string | undefined } {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(entry);
  if (bracketed !== null) return { name: bracketed[1]!, port: bracketed[2] };
  const parts = isIP(entry) === 6 ? null : /^(.*):(\d+)$/.exec(entry);
  return parts === null ? { name: entry, port: undefined } : { name: parts[1]!, port: parts[2] };
}
