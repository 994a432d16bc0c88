import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { Store } from "./store.ts";

/** Keys that the host keeps for itself; a store that declared one would never see it. */
const hostMetadataKeys: ReadonlySet<string> = new Set(["default", "as"]);

/** Refuses a store that its author has not finished, with CM_USAGE that names what is wrong. */
export function checkStore(store: Store): void {
  if (typeof store.prefix !== "string" || !/^[A-Z][A-Z0-9_]*$/.test(store.prefix)) {
    throw unusable(`prefix "${store.prefix}" is not an upper-case name such as "MYSTORE"`);
  }
  const [hasValue, hasValues] = [typeof store.value === "function", typeof store.values === "function"];
  if (hasValue === hasValues) {
    throw unusable(`a store has either value() or values(), "${store.prefix}" has ${hasValue ? "both" : "neither"}`);
  }
  const { concurrency } = store;
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw unusable(`concurrency "${concurrency}" is not a whole number from 1`);
  }
  checkMetadataKeys(Object.keys(store.metadataKeys ?? {}));
}

function checkMetadataKeys(keys: readonly string[]): void {
  const seen = new Set<string>();
  for (const key of keys) {
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key)) throw unusable(`metadata key "${key}" cannot be written in a token`);
    const folded = key.toLowerCase();
    if (hostMetadataKeys.has(folded)) throw unusable(`metadata key "${key}" is the host's own`);
    if (seen.has(folded)) throw unusable(`metadata key "${key}" is declared twice, case ignored`);
    seen.add(folded);
  }
}

function unusable(message: string): ConfigManagerError {
  return new ConfigManagerError("CM_USAGE", message, { hint: "see docs/writing-a-plugin.md" });
}
