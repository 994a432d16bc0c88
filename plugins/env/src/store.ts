import { notFound, type Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import { toVariableName } from "./address.ts";

/** The environment that the plugin was launched with. A variable that is set and empty is an empty value. */
export const envStore: Store = {
  prefix: "ENV",
  version: manifest.version,
  summary: "environment variables",
  pathForm: "<NAME>",
  value({ path }, { env }) {
    const name = toVariableName(path);
    // What an object inherits, such as "constructor", is no variable.
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    return value ?? notFound(name, { hint: `set the variable ${name}` });
  },
};
