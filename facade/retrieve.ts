/** Single tokens and their values. */
import { type ConfigManagerError, ConfigManagerErrors, toErrors } from "../internal/errors/errors.ts";
import { forbiddenError } from "../internal/resolve/allow.ts";
import { type NamedToken, parseNamedToken } from "../internal/token/named-token.ts";
import type { TokenSyntax } from "../internal/token/token.ts";
import { exportName } from "../internal/write/export-names.ts";
import type { ResolveInputsOptions } from "./render.ts";
import { reportOutcomes } from "./report.ts";
import type { Stores } from "./stores.ts";
import type { RetrievedValue, RetrievedValues, RetrieveRequest } from "./types.ts";

/** The values of single tokens, or the errors of all of them. */
export async function retrieveTokens(
  stores: Stores,
  tokens: readonly RetrieveRequest[],
  { signal, onReport, needsNames = false }: ResolveInputsOptions & { readonly needsNames?: boolean | undefined },
): Promise<RetrievedValues> {
  const { named, errors: faults } = parseRequests(tokens, await stores.syntax(), needsNames);
  const references = new Set(named.map(({ reference }) => reference));
  const forbidden = [...stores.forbidden(references)].map(forbiddenError);
  const resolution = await stores.resolve(references, { signal, faults: [...faults, ...forbidden] });
  const outcomes = reportOutcomes(named, () => undefined, resolution, stores.settings);
  const { errors, warnings } = outcomes;
  onReport?.(outcomes.reports);
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
  const values = named.flatMap(({ name, reference }): RetrievedValue[] => {
    const outcome = resolution.outcomeOf(reference);
    return outcome.ok ? [{ reference, value: outcome.text, ...(name === undefined ? {} : { name }) }] : [];
  });
  return { values, warnings };
}

function parseRequests(
  tokens: readonly RetrieveRequest[],
  syntax: TokenSyntax,
  needsNames: boolean,
): { readonly named: readonly NamedToken[]; readonly errors: readonly ConfigManagerError[] } {
  const named: NamedToken[] = [];
  const errors: ConfigManagerError[] = [];
  for (const request of tokens) {
    try {
      const asked = typeof request === "string" ? request : request.token;
      const parsed = parseNamedToken(asked, syntax);
      const name = (typeof request === "string" ? undefined : request.name) ?? parsed.name;
      if (needsNames && name === undefined) exportName(parsed.reference);
      named.push({ ...parsed, name });
    } catch (error) {
      errors.push(...toErrors(error));
    }
  }
  return { named, errors };
}
