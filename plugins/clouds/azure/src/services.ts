/** A cloud of Azure: where identities log in, and the tokens that a service of it takes. */
export interface AzureCloud {
  /** What follows the name of a resource in a host name: `vault.azure.net`. */
  readonly suffix: string;
  /** The login endpoint of a sovereign cloud; undefined for the public one, where `AZURE_AUTHORITY_HOST` is obeyed. */
  readonly authorityHost: string | undefined;
  /** The scope of the tokens that the service takes. */
  readonly scope: string;
}

/** A service of Azure as addresses need to know it. */
export interface AzureService {
  /** What its resources are called, in errors: `vault`. */
  readonly resource: string;
  /** The form of an address, in errors: `<vault>/<secret name>`. */
  readonly pathForm: string;
  /** How many segments of a path belong to the URL of the service; the second is a container of the resource. */
  readonly segments: 1 | 2;
  /** The public cloud first. */
  readonly clouds: readonly [AzureCloud, ...AzureCloud[]];
}

const chinaLogin = "https://login.chinacloudapi.cn";
const governmentLogin = "https://login.microsoftonline.us";

/** Key Vault. */
export const keyVault: AzureService = {
  resource: "vault",
  pathForm: "<vault>/<secret name>",
  segments: 1,
  clouds: [
    { suffix: "vault.azure.net", authorityHost: undefined, scope: "https://vault.azure.net/.default" },
    { suffix: "vault.azure.cn", authorityHost: chinaLogin, scope: "https://vault.azure.cn/.default" },
    {
      suffix: "vault.usgovcloudapi.net",
      authorityHost: governmentLogin,
      scope: "https://vault.usgovcloudapi.net/.default",
    },
  ],
};

// One audience for storage in all clouds.
const storageScope = "https://storage.azure.com/.default";

/** Table Storage. Not the tables of Cosmos DB, whose hosts end in `table.cosmos.azure.com`: they want other tokens. */
export const tableStorage: AzureService = {
  resource: "storage account",
  pathForm: "<account>/<table>/<partition key>/<row key>",
  segments: 2,
  clouds: [
    { suffix: "table.core.windows.net", authorityHost: undefined, scope: storageScope },
    { suffix: "table.core.chinacloudapi.cn", authorityHost: chinaLogin, scope: storageScope },
    { suffix: "table.core.usgovcloudapi.net", authorityHost: governmentLogin, scope: storageScope },
  ],
};

/** App Configuration. */
export const appConfiguration: AzureService = {
  resource: "App Configuration store",
  pathForm: "<store>/<key>",
  segments: 1,
  clouds: [
    { suffix: "azconfig.io", authorityHost: undefined, scope: "https://appconfig.azure.com/.default" },
    { suffix: "azconfig.azure.cn", authorityHost: chinaLogin, scope: "https://appconfig.azure.cn/.default" },
    { suffix: "azconfig.azure.us", authorityHost: governmentLogin, scope: "https://appconfig.azure.us/.default" },
  ],
};
