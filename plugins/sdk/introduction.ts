import type { Store } from "./store.ts";

/**
 * What a plugin says that a person has run by hand. Hosts recognise a wrong cookie by the beginning of the first line
 * (go-plugin protocol, section 2.5).
 */
export function introduction(store: Store): string {
  const version = store.version === undefined ? "" : ` ${store.version}`;
  const summary = store.summary === undefined ? "" : `: ${store.summary}`;
  // A store that its author has not finished may have no prefix.
  const name = (store.prefix as string | undefined)?.toLowerCase();
  return [
    "This binary is a plugin. It is run by configmanager, not by hand.",
    "",
    `  ${store.prefix} store plugin${version}${summary}`,
    "",
    `Install it as .configmanager/plugins/${name}/${name}-<os>-<arch> (such as linux-amd64), write a token`,
    `${store.prefix}://${store.pathForm ?? "<path>"} into a file, and run: configmanager render <file>`,
    "",
  ].join("\n");
}
