import { type Place, refusal, textPlace } from "../place.ts";

/** In a tag, an anchor or an alias. */
export const namePlace: Place = textPlace("a YAML tag or anchor", (text) => {
  if (/^[A-Za-z0-9_-]*$/.test(text)) return text;
  throw refusal("a YAML tag or anchor", "it holds more than letters and digits", "take the token out of the name");
});
