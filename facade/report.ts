/** From what references are worth to what is said of each token: errors, warnings, and the report of a run. */
import type { ConfigManagerError, Place, Warning } from "../internal/errors/errors.ts";
import type { Outcome, Resolution } from "../internal/resolve/resolver.ts";
import { isSoftened, type Softening } from "../internal/resolve/soften.ts";
import type { TokenReference } from "../internal/token/token.ts";
import type { ScannedToken, TokenReport } from "./types.ts";

/** What is said of tokens, in the order in which they were asked. */
export interface OutcomeReport {
  readonly errors: readonly ConfigManagerError[];
  readonly warnings: readonly Warning[];
  readonly reports: readonly TokenReport[];
}

/** Says what became of each item; an error that the settings soften is a warning. */
export function reportOutcomes<T extends { readonly reference: TokenReference }>(
  asked: readonly T[],
  placeOf: (item: T) => Place | undefined,
  resolution: Resolution,
  softening: Softening,
): OutcomeReport {
  const errors: ConfigManagerError[] = [];
  const warnings: Warning[] = [];
  const reports = asked.map((item): TokenReport => {
    const { reference } = item;
    const place = placeOf(item);
    const outcome = resolution.outcomeOf(reference);
    const isLeft = !outcome.ok && isSoftened(outcome.error, softening);
    if (outcome.ok) {
      if (outcome.isEmpty) {
        warnings.push({ message: `the value of "${reference.text}" is empty`, place, token: reference.text });
      }
    } else if (isLeft) {
      const { message, hint, code } = outcome.error;
      warnings.push({ message, hint, code, place, token: reference.text });
    } else {
      errors.push(outcome.error.at(place, reference.text));
    }
    return { ...describeReference(reference), ...(place && { place }), ...statusOf(outcome, isLeft, reference) };
  });
  return { errors, warnings, reports };
}

/** A token as a scan reports it, without its place. */
export function describeReference(reference: TokenReference): Omit<ScannedToken, "place"> {
  const { text, prefix, path, keyPath, metadata, defaultText, transforms } = reference;
  return {
    text,
    prefix,
    path,
    ...(keyPath === undefined ? {} : { keyPath }),
    metadata: Object.fromEntries(metadata),
    ...(defaultText === undefined ? {} : { default: defaultText }),
    ...(transforms.length === 0 ? {} : { as: transforms }),
  };
}

function statusOf(
  outcome: Outcome,
  isLeft: boolean,
  { prefix }: TokenReference,
): Pick<TokenReport, "status" | "answeredBy" | "version" | "expiresAt" | "tookMs" | "isEmpty" | "code"> {
  const { version, expiresAt, tookMs, answeredBy } = outcome.facts;
  const hasAnswered = outcome.ok && !outcome.isDefault;
  return {
    status: outcome.ok ? (outcome.isDefault ? "default" : "resolved") : isLeft ? "left" : "failed",
    ...(hasAnswered ? { answeredBy: answeredBy ?? prefix } : {}),
    ...(version === undefined ? {} : { version }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(tookMs === undefined ? {} : { tookMs }),
    ...(outcome.ok && outcome.isEmpty ? { isEmpty: true as const } : {}),
    ...(outcome.ok ? {} : { code: outcome.error.code }),
  };
}
