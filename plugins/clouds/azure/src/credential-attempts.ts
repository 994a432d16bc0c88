type Env = Readonly<Record<string, string | undefined>>;

/** One of the credentials that are tried in turn. */
interface Attempt {
  /** By which `AZURE_TOKEN_CREDENTIALS` names it alone. */
  readonly setting: string;
  readonly group: "prod" | "dev";
  /** For people. */
  readonly name: string;
  /** Tells its errors from those of others: the official ones carry no mark but their words. */
  readonly errors: RegExp;
  readonly reason: (message: string | undefined, env: Env) => string;
}

/** In the order in which they are tried. */
const attempts: readonly Attempt[] = [
  {
    setting: "environmentcredential",
    group: "prod",
    name: "environment",
    errors: /^EnvironmentCredential/,
    reason: (message, env) => missingVariables(env) ?? refusal(message),
  },
  {
    setting: "workloadidentitycredential",
    group: "prod",
    name: "workload identity",
    errors: /^WorkloadIdentityCredential/,
    reason: (message, env) => {
      const missing = unset(["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"], env);
      return missing.length > 0 ? notSet(missing) : refusal(message);
    },
  },
  {
    setting: "managedidentitycredential",
    group: "prod",
    name: "managed identity",
    errors: /ManagedIdentity|IMDS/,
    reason: (message) => (/not available|unreachable/.test(message ?? "") ? "no endpoint answers" : refusal(message)),
  },
  {
    setting: "visualstudiocodecredential",
    group: "dev",
    name: "Visual Studio Code",
    errors: /Visual Studio Code/,
    reason: () => "not part of this plugin",
  },
  tool("azureclicredential", "Azure CLI", /Azure CLI|az login|azureCli/i, "az login"),
  tool("azurepowershellcredential", "Azure PowerShell", /PowerShell|AzAccount|Az\.Account/i, "Connect-AzAccount"),
  tool("azuredeveloperclicredential", "Azure Developer CLI", /Azure Developer CLI|azd/i, "azd auth login"),
];

/**
 * What was tried and why it gave no token, in order, one clause for each: `environment (AZURE_TENANT_ID is not set), …`.
 * In words of our own, as those of the tools may hold anything; of Entra ID's only its code and the sentence that belongs
 * to it.
 */
export function describeAttempts(error: unknown, env: Env): string {
  const messages = messagesOf(error);
  const setting = env["AZURE_TOKEN_CREDENTIALS"]?.trim().toLowerCase() ?? "";
  const clauses: string[] = [];
  for (const attempt of attempts) {
    if (setting !== "" && setting !== attempt.group && setting !== attempt.setting) continue;
    const message = takeMessage(messages, attempt);
    clauses.push(`${attempt.name} (${attempt.reason(message, env)})`);
    // Credentials that are there but wrong end the search.
    if (message?.startsWith("EnvironmentCredential authentication failed") === true) break;
  }
  return clauses.join(", ");
}

function tool(setting: string, name: string, errors: RegExp, login: string): Attempt {
  return {
    setting,
    group: "dev",
    name,
    errors,
    reason: (message = "") => {
      if (/could(?: not|n't) be found|not installed|unable to execute|ENOENT|not recognized/i.test(message))
        return "not installed";
      if (/timed? ?out/i.test(message)) return "did not answer in time";
      return `gave none, see ${login}`;
    },
  };
}

function messagesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const several = "errors" in error && Array.isArray(error.errors) ? (error.errors as unknown[]) : [error];
  return several.map((one) => (one instanceof Error ? one.message : ""));
}

/** The next message, unless it is by its words that of another credential: some say nothing when they cannot be used. */
function takeMessage(messages: string[], { errors }: Attempt): string | undefined {
  const [next] = messages;
  if (next === undefined) return undefined;
  const isOthers = !errors.test(next) && attempts.some((attempt) => attempt.errors.test(next));
  return isOthers ? undefined : messages.shift();
}

function missingVariables(env: Env): string | undefined {
  const missing = unset(["AZURE_TENANT_ID", "AZURE_CLIENT_ID"], env);
  const proofs = ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_PASSWORD"];
  if (unset(proofs, env).length === proofs.length) missing.push("AZURE_CLIENT_SECRET");
  return missing.length === 0 ? undefined : notSet(missing);
}

function unset(names: readonly string[], env: Env): string[] {
  return names.filter((name) => (env[name] ?? "") === "");
}

function notSet(names: readonly string[]): string {
  const list = names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return `${list} ${names.length === 1 ? "is" : "are"} not set`;
}

function refusal(message = ""): string {
  const refused = /AADSTS\d+: [^.\r\n]{1,200}/.exec(message)?.[0];
  if (refused !== undefined) return refused;
  if (/ENOENT|no such file/i.test(message)) return "its file is not there";
  if (/not configured to acquire tokens for tenant/.test(message)) {
    return "it is for another tenant, see AZURE_ADDITIONALLY_ALLOWED_TENANTS";
  }
  return "it was refused";
}
