import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "configmanager/plugin";
import { type Env, refusal } from "./settings.ts";

/** What a request is sent with. */
export interface Access {
  /** Undefined when there is none; an agent may know one. */
  readonly token: string | undefined;
  /** For people: where a token was looked for, in order, when there is none. */
  readonly lacking?: string | undefined;
}

/** What a login gave. */
export interface Login extends Access {
  readonly token: string;
  /** Undefined when it lasts. */
  readonly lifetimeMs: number | undefined;
}

/** Where the tokens of requests come from. */
export interface Tokens {
  /** The access of a role; logs in when that has not been done yet. Rejects as the login does. */
  readonly get: (role: string | undefined, signal: AbortSignal) => Promise<Access>;
  /** Another access after one was denied, by another login; undefined when that cannot help. */
  readonly renew: (role: string | undefined, denied: Access, signal: AbortSignal) => Promise<Access | undefined>;
  /** Says that an access from `renew` was denied too, so that nobody logs in again while it lasts. */
  readonly settle: (role: string | undefined) => void;
}

/**
 * The token of the environment, or that which `vault login` has left in the home folder. Rejects with `badRequest` for one
 * that cannot be sent.
 */
export async function createGivenToken(env: Env): Promise<Tokens> {
  const access = await readGivenToken(env);
  return { get: () => Promise.resolve(access), renew: () => Promise.resolve(undefined), settle: () => {} };
}

async function readGivenToken(env: Env): Promise<Access> {
  const given = env["VAULT_TOKEN"];
  if (given !== undefined && given !== "") return { token: checkToken(given, "VAULT_TOKEN") };
  const home = env["HOME"] || env["USERPROFILE"];
  const tried = "VAULT_TOKEN and VAULT_AUTH_METHOD are not set";
  if (home === undefined) return { token: undefined, lacking: tried };
  const file = join(home, ".vault-token");
  const saved = (await readFile(file, "utf8").catch(() => "")).trim();
  if (saved !== "") return { token: checkToken(saved, file) };
  return { token: undefined, lacking: `${tried}, and "${file}" holds none` };
}

/** Vault's clients refuse here too, in these words; a token with a line feed is the usual case. */
function checkToken(token: string, source: string): string {
  if (/^[\x20-\x7e]+$/.test(token)) return token;
  throw refusal(
    "configured Vault token contains non-printable characters and cannot be used",
    `look for line feeds and other characters that do not belong into ${source}`,
  );
}

/** How long a login that was refused is not tried again: by then a run is over. */
const failureLastsMs = 30_000;

interface LoginState {
  readonly current: Promise<Login>;
  /** By the clock of `performance`. */
  expiresAt: number;
  /** Until when another login is known not to help. */
  settledUntil: number;
}

/**
 * Tokens by a login for each role, shared by all requests. `logIn` is called when one is needed, also when the last one
 * has run out, with a signal that does not end with a request.
 */
export function createLogins(
  logIn: (role: string | undefined, signal: AbortSignal) => Promise<Login>,
  stopping: AbortSignal,
): Tokens {
  const states = new Map<string | undefined, LoginState>();

  const begin = (role: string | undefined): LoginState => {
    const state: LoginState = { current: logIn(role, stopping), expiresAt: Infinity, settledUntil: 0 };
    states.set(role, state);
    state.current.then(
      ({ lifetimeMs = Infinity }) => (state.expiresAt = performance.now() + lifetimeMs),
      () => (state.expiresAt = performance.now() + failureLastsMs),
    );
    return state;
  };
  const stateOf = (role: string | undefined): LoginState => {
    const state = states.get(role);
    return state === undefined || state.expiresAt <= performance.now() ? begin(role) : state;
  };

  return {
    get: (role, signal) => waitFor(stateOf(role).current, signal),
    async renew(role, denied, signal) {
      const state = stateOf(role);
      const login = await waitFor(state.current, signal);
      // Somebody else has logged in again already.
      if (login !== denied) return login;
      if (performance.now() < state.settledUntil) return undefined;
      // The first of those that were denied at once gets here; the others find its login.
      return waitFor((states.get(role) === state ? begin(role) : stateOf(role)).current, signal);
    },
    settle(role) {
      const state = states.get(role);
      if (state !== undefined) state.settledUntil = state.expiresAt;
    },
  };
}
