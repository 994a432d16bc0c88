/**
 * Why a connection cannot be made as the environment says: its proxy or its CA certificates. Each caller has an error of its own
 * for that, made from this one.
 */
export class NetworkSettingError extends Error {
  override readonly name = "NetworkSettingError";
  readonly setting: "proxy" | "certificates";
  /** In the imperative. */
  readonly hint: string;

  constructor(setting: "proxy" | "certificates", message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.setting = setting;
    this.hint = hint;
  }
}
