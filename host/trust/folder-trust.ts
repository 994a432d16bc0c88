/** All of trust, loaded by the first who asks for it: a run that asks nobody has no use for it. */
export { findBroughtAlong } from "./brought-along.ts";
export { createTrustGuard } from "./trust-guard.ts";
export { readTrusted, realpathIfThere, trustRecordOf, updateTrusted } from "./trust-record.ts";
