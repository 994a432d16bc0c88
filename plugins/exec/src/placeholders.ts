/** `{1}`, `{2}`, … in an element of a command; braces around anything else are the element's own. */
const placeholder = /\{([0-9]+)\}/g;

/** The texts between the braces of the placeholders of an element, in order. */
export function placeholdersOf(element: string): readonly string[] {
  return [...element.matchAll(placeholder)].map(([, digits]) => digits!);
}

/** The number of the placeholder that an element begins with; undefined when it begins with text of its own. */
export function leadingPlaceholder(element: string): number | undefined {
  const [match] = element.matchAll(placeholder);
  return match?.index === 0 ? Number(match[1]) : undefined;
}

/** The element with the parts of an argument in the places of its placeholders. What a part holds is never looked at again. */
export function fillPlaceholders(element: string, parts: readonly string[]): string {
  return element.replace(placeholder, (_match, digits: string) => parts[Number(digits) - 1]!);
}
