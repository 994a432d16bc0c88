/**
 * An App Configuration store, played by its REST contract: key-values with labels and history, filters, pages, conditional
 * requests, the answers that have no body. It looks at a token's audience and age, not at its signature.
 */
import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { type Answer, createScript, type RecordedRequest, reply } from "./scripted-server.ts";

/** A setting as it is written. */
export interface SettingInput {
  readonly key: string;
  /** None unless set. */
  readonly label?: string | undefined;
  /** null as for a setting that was written without a value. */
  readonly value: string | null;
  readonly contentType?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** When it was written, for requests that ask for a point in time; now unless set. */
  readonly at?: Date | undefined;
}

/** What the store does beside what its settings say. */
export interface AppConfigurationOptions {
  /** Answers in place of the store when it returns something: 403, 429, a reset, … */
  readonly interfere?: ((request: RecordedRequest) => Answer | Promise<Answer> | undefined) | undefined;
  /** Tokens that are refused although they look well, as a service refuses one that it no longer trusts. */
  readonly refusedTokens?: ReadonlySet<string> | undefined;
  /** How many items of a listing come at once; 100 unless set. */
  readonly pageSize?: number | undefined;
}

/** The store as a backend of `startCloud`, for a host such as `shop.azconfig.io`. */
export interface AppConfiguration {
  readonly handler: RequestListener;
  /** In the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** Resolves when that many requests have come; at once if they have. */
  readonly received: (count: number) => Promise<void>;
  /** Writes a setting; what was there stays in its history. Returns the etag, as it stands in a body. */
  readonly put: (setting: SettingInput) => string;
}

/** Makes a store with some settings in it. */
export function createAppConfiguration(
  settings: readonly SettingInput[] = [],
  options: AppConfigurationOptions = {},
): AppConfiguration {
  const written: Setting[] = [];
  const { listener, requests, received } = createScript((request) => {
    return options.interfere?.(request) ?? answerTo(request, written, options);
  });
  const put = (setting: SettingInput): string => {
    const { key, value, at = new Date(), contentType = null } = setting;
    const etag = randomBytes(21).toString("base64url");
    written.push({ key, label: setting.label ?? null, value, contentType, tags: setting.tags ?? {}, at, etag });
    return etag;
  };
  for (const setting of settings) put(setting);
  return { handler: listener, requests, received, put };
}

/** 429 as the store gives it when its quota is used up. */
export function tooManyRequests(retryAfterMs: number): Answer {
  return problem(429, "too-many-requests", "Resource utilization has surpassed the assigned quota", {
    policy: "Total Requests",
    headers: { "retry-after-ms": String(retryAfterMs) },
  });
}

/** 403 as the store gives it to whoever has no role. */
export function forbidden(): Answer {
  return reply(403, "", { "sync-token": syncToken });
}

interface Setting {
  readonly key: string;
  readonly label: string | null;
  readonly value: string | null;
  readonly contentType: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly at: Date;
  readonly etag: string;
}

const syncToken = "zAJw6V16=MDoxIzE=;sn=1";
const audiences = ["com", "us", "cn"].map((domain) => `https://appconfig.azure.${domain}`);
// Null, in a query.
const noLabel = "\0";

function answerTo(
  request: RecordedRequest,
  written: readonly Setting[],
  { refusedTokens, pageSize = 100 }: AppConfigurationOptions,
): Answer {
  const refusal = refuseToken(request, refusedTokens);
  if (refusal !== undefined) return refusal;
  const version = request.query.get("api-version") ?? "";
  if (version !== "1.0" && !/^20(?:2[3-9]|[3-9]\d)-\d\d-\d\d$/.test(version)) return invalid("api-version");
  if (request.method !== "GET" && request.method !== "HEAD") return reply(405, "", { allow: "GET, HEAD" });
  const asked = request.headers["accept-datetime"];
  const at = asked === undefined ? undefined : new Date(String(asked));
  if (at !== undefined && Number.isNaN(at.getTime())) return invalid("Accept-Datetime");
  const current = currentSettings(written, at);
  if (request.path === "/kv" || request.path === "/kv/") return list(request, current, pageSize);
  if (!request.path.startsWith("/kv/")) return reply(404, "", { "sync-token": syncToken });
  return getOne(request, current);
}

function refuseToken({ host, headers }: RecordedRequest, refused: ReadonlySet<string> = new Set()): Answer | undefined {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (token === undefined) return unauthorized("");
  if (refused.has(token))
    return unauthorized(', error="invalid_token", error_description="The access token is not valid"');
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
      aud?: string;
      exp?: number;
    };
    // The official client for Go asks for the store's own address.
    if (!audiences.includes(claims.aud ?? "") && claims.aud !== `https://${host}`)
      return unauthorized(', error="invalid_token"');
    return (claims.exp ?? 0) * 1000 > Date.now() ? undefined : unauthorized(', error="invalid_token"');
  } catch {
    return unauthorized(', error="invalid_token"');
  }
}

function unauthorized(detail: string): Answer {
  return problem(401, "unauthorized", "Unauthorized", {
    headers: { "www-authenticate": `HMAC-SHA256, Bearer${detail.replace(/^,/, "")}` },
  });
}

/** The last of each key and label, as of a point in time; by key, then by label. */
function currentSettings(written: readonly Setting[], at: Date | undefined): readonly Setting[] {
  const current = new Map<string, Setting>();
  for (const setting of written.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    if (at === undefined || setting.at <= at) current.set(JSON.stringify([setting.key, setting.label]), setting);
  }
  return [...current.values()].toSorted((a, b) => compare(a.key, b.key) || compare(a.label ?? "", b.label ?? ""));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function getOne(request: RecordedRequest, current: readonly Setting[]): Answer {
  const key = decodeURIComponent(request.path.slice("/kv/".length));
  const label = request.query.get("label") ?? noLabel;
  const setting = current.find((one) => one.key === key && (one.label ?? noLabel) === label);
  if (setting === undefined) return reply(404, "", { "sync-token": syncToken });
  const headers = {
    "content-type": "application/vnd.microsoft.appconfig.kv+json; charset=utf-8",
    etag: `"${setting.etag}"`,
    "last-modified": setting.at.toUTCString(),
    "sync-token": syncToken,
    ...(request.headers["accept-datetime"] === undefined ? {} : { "memento-datetime": setting.at.toUTCString() }),
  };
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = request.headers;
  if (ifMatch !== undefined && !namesEtag(ifMatch, setting.etag)) return reply(412, "", headers);
  if (ifNoneMatch !== undefined && namesEtag(ifNoneMatch, setting.etag)) return reply(304, "", headers);
  return reply(200, request.method === "HEAD" ? "" : JSON.stringify(bodyOf(setting, request.query)), headers);
}

/** Entity tags that stand without quotes are none, and are overlooked. */
function namesEtag(header: string, etag: string): boolean {
  return header.trim() === "*" || [...header.matchAll(/"([^"]*)"/g)].some(([, quoted]) => quoted === etag);
}

function bodyOf(setting: Setting, query: URLSearchParams): Record<string, unknown> {
  const { etag, key, label, contentType, value, tags, at } = setting;
  const all = {
    etag,
    key,
    label,
    content_type: contentType,
    value,
    tags,
    locked: false,
    last_modified: at.toISOString(),
  };
  const selected = query.get("$select")?.split(",");
  return Object.fromEntries(Object.entries(all).filter(([name]) => selected?.includes(name) ?? true));
}

function list(request: RecordedRequest, current: readonly Setting[], pageSize: number): Answer {
  const { query } = request;
  const keys = parseFilter(query.get("key") ?? "*");
  const labels = parseFilter(query.get("label") ?? "*");
  if (keys === undefined) return invalid("key");
  if (labels === undefined) return invalid("label");
  const found = current.filter(
    ({ key, label }) => keys.some((fits) => fits(key)) && labels.some((fits) => fits(label ?? noLabel)),
  );
  const start = Number(Buffer.from(query.get("after") ?? "", "base64url").toString() || "0");
  const page = found.slice(start, start + pageSize);
  const next = new URLSearchParams(query);
  // Last, for the official client cannot read it when it comes first.
  next.delete("after");
  next.append("after", Buffer.from(String(start + pageSize)).toString("base64url"));
  const nextLink = start + pageSize < found.length ? `/kv?${next.toString()}` : undefined;
  const body = { items: page.map((setting) => bodyOf(setting, query)), ...(nextLink && { "@nextLink": nextLink }) };
  return reply(200, request.method === "HEAD" ? "" : JSON.stringify(body), {
    "content-type": "application/vnd.microsoft.appconfig.kvset+json; charset=utf-8",
    "sync-token": syncToken,
    ...(nextLink && { link: `<${nextLink}>; rel="next"` }),
  });
}

/** Up to five values between commas, each exact or, with a star at its end, a beginning; a backslash takes the meaning from what follows. */
function parseFilter(filter: string): readonly ((text: string) => boolean)[] | undefined {
  const values: { text: string; isPrefix: boolean }[] = [{ text: "", isPrefix: false }];
  for (const [, escaped, plain] of filter.matchAll(/\\(.?)|([^\\])/gsu)) {
    const value = values.at(-1)!;
    if (plain === ",") values.push({ text: "", isPrefix: false });
    // Nothing may follow a star, and there must be something to escape.
    else if (value.isPrefix || escaped === "") return undefined;
    else if (plain === "*") value.isPrefix = true;
    else value.text += escaped ?? plain ?? "";
  }
  if (values.length > 5) return undefined;
  return values.map(
    ({ text, isPrefix }) =>
      (candidate) =>
        isPrefix ? candidate.startsWith(text) : candidate === text,
  );
}

function invalid(name: string): Answer {
  return problem(400, "invalid-argument", `Invalid request parameter '${name}'`, { name });
}

function problem(
  status: number,
  type: string,
  title: string,
  { headers, ...rest }: { readonly headers?: Record<string, string>; readonly [member: string]: unknown } = {},
): Answer {
  const body = { type: `https://azconfig.io/errors/${type}`, title, ...rest, status };
  return reply(status, JSON.stringify(body), {
    "content-type": "application/problem+json; charset=utf-8",
    "sync-token": syncToken,
    ...headers,
  });
}
