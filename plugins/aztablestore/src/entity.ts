import { failed, toGoJson } from "configmanager/plugin";

/**
 * The value of an entity, of whose answer `body` is the text: its property `value` as text, or the whole entity as Go
 * prints JSON when it has none. A text that is no JSON is the value itself, as for the Go store. Throws `failed` for an
 * entity that breaks off or a page that was put in its place.
 */
export function entityValue(body: string): string {
  let json: string;
  try {
    json = toGoJson(body, { numbers: "double" });
  } catch {
    if (!/^\s*[{<]/.test(body)) return body;
    throw failed("the answer of the service is no entity", {
      hint: "try again, and look at what stands between you and the service",
    });
  }
  const entity: unknown = JSON.parse(json);
  if (typeof entity !== "object" || entity === null || Array.isArray(entity)) return body;
  const { value } = entity as { readonly value?: unknown };
  if (value === undefined || value === null) return json;
  if (typeof value === "string") return value;
  // Int32, Double and Boolean come as such; an object cannot be stored, and is printed as it would be in an entity.
  return Object.is(value, -0) ? "-0" : toGoJson(JSON.stringify(value), { numbers: "double" });
}
