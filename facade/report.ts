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
  /** Made when it is read: most runs have no use for what became of each of their many tokens. */
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
  for (const item of asked) {
    const { reference } = item;
    const outcome = resolution.outcomeOf(reference);
    if (outcome.ok) {
      if (!outcome.isEmpty) continue;
      warnings.push({
        message: `the value of "${reference.text}" is empty`,
        place: placeOf(item),
        token: reference.text,
      });
    } else if (isSoftened(outcome.error, softening)) {
      const { message, hint, code } = outcome.error;
      warnings.push({ message, hint, code, place: placeOf(item), token: reference.text });
    } else {
      errors.push(outcome.error.at(placeOf(item), reference.text));
    }
  }
  return {
    errors,
    warnings,
    get reports() {
      return asked.map((item) => toTokenReport(item.reference, placeOf(item), resolution, softening));
    },
  };
}

function toTokenReport(
  reference: TokenReference,
  place: Place | undefined,
  resolution: Resolution,
  softening: Softening,
): TokenReport {
  const outcome = resolution.outcomeOf(reference);
  const isLeft = !outcome.ok && isSoftened(outcome.error, softening);
  return { ...describeReference(reference), ...(place && { place }), ...statusOf(outcome, isLeft, reference) };
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
