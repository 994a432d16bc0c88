/** The environment of the plugin. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A profile of the shared files (`~/.aws/config`, `~/.aws/credentials`). */
export interface Profile {
  readonly name: string;
  /** Whether a variable names it, instead of it being the default. */
  readonly isNamed: boolean;
  /** Its settings, undefined when no file has it. */
  readonly settings: Readonly<Record<string, string | undefined>> | undefined;
}

/** The name of the profile that counts. */
export function profileName(env: Environment): string {
  // AWS_DEFAULT_PROFILE is the older name, which Go still takes.
  return env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"] || "default";
}

/** The files of the profiles, where they are not in their usual places. */
export function sharedFiles(env: Environment): { filepath?: string; configFilepath?: string } {
  const filepath = env["AWS_SHARED_CREDENTIALS_FILE"];
  const configFilepath = env["AWS_CONFIG_FILE"];
  return { ...(filepath ? { filepath } : {}), ...(configFilepath ? { configFilepath } : {}) };
}

/** Reads the profile that counts. A file that is not there holds no profile. Loads a small part of the AWS SDK. */
export async function readProfile(env: Environment): Promise<Profile> {
  const { parseKnownFiles } = await import("@smithy/shared-ini-file-loader");
  const name = profileName(env);
  const profiles = await parseKnownFiles(sharedFiles(env));
  const isNamed = Boolean(env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"]);
  return { name, isNamed, settings: Object.hasOwn(profiles, name) ? profiles[name] : undefined };
}
