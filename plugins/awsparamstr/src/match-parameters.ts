import type { Parameter } from "@aws-sdk/client-ssm";
import type { ParameterAddress } from "./address.ts";

/**
 * The parameters of a batch's reply by the names that they were asked for by. A name is left out where the reply does
 * not say beyond doubt which parameter and which version it has for it: a value may be missing here, never be another's.
 */
export function matchParameters(
  addresses: readonly ParameterAddress[],
  parameters: readonly Parameter[],
): Map<string, Parameter> {
  const matched = new Map<string, Parameter>();
  const ambiguous = new Set<string>();
  for (const parameter of parameters) {
    for (const name of namesOf(parameter)) {
      const other = matched.get(name);
      // One of this account and one that another account shares, or two versions without their selectors.
      if (other !== undefined && (other.ARN !== parameter.ARN || other.Version !== parameter.Version)) {
        ambiguous.add(name);
      }
      matched.set(name, parameter);
    }
  }
  for (const { name, bareName } of addresses) {
    // Servers that play AWS leave selectors out: what seems to be the newest version may then be this one.
    if (name !== bareName && !matched.has(name)) ambiguous.add(bareName);
  }
  for (const name of ambiguous) matched.delete(name);
  return matched;
}

/** How a parameter may have been asked for: the reply's name has no selector, and an ARN may have been the name. */
function namesOf({ Name, ARN, Selector }: Parameter): readonly string[] {
  const selector = Selector === undefined || Selector === "" ? "" : `:${Selector.replace(/^:/, "")}`;
  return [Name, ARN].filter((name) => name !== undefined).map((name) => `${name}${selector}`);
}
