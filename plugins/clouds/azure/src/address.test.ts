import { isStoreError } from "configmanager/plugin";
import { describe, expect, it } from "vitest";
import { type AzureAddress, splitAddress } from "./address.ts";
import { appConfiguration, type AzureService, keyVault, tableStorage } from "./services.ts";

function refusal(path: string, service: AzureService): unknown {
  try {
    return splitAddress(path, service);
  } catch (error) {
    return error;
  }
}

describe("splitting an address", () => {
  const vaultUrl = "https://test-vault.vault.azure.net";
  const tableUrl = "https://test-account.table.core.windows.net/tablename";
  it.each([
    {
      name: "A1 a vault and a name",
      path: "test-vault/somejsontest",
      service: keyVault,
      url: vaultUrl,
      rest: "somejsontest",
    },
    {
      name: "A1 with a leading slash",
      path: "/test-vault/somejsontest",
      service: keyVault,
      url: vaultUrl,
      rest: "somejsontest",
    },
    {
      name: "A2 a name with slashes",
      path: "test-vault/some/json/test",
      service: keyVault,
      url: vaultUrl,
      rest: "some/json/test",
    },
    {
      name: "A3 a doubled slash stays as one",
      path: "test-vault//some/json/test",
      service: keyVault,
      url: vaultUrl,
      rest: "/some/json/test",
    },
    {
      name: "A4 an account, a table and a key",
      path: "test-account/tablename/somejsontest",
      service: tableStorage,
      url: tableUrl,
      rest: "somejsontest",
    },
    {
      name: "A4 with a leading slash",
      path: "/test-account/tablename/somejsontest",
      service: tableStorage,
      url: tableUrl,
      rest: "somejsontest",
    },
    {
      name: "A5 a key with slashes",
      path: "test-account/tablename/some/json/test",
      service: tableStorage,
      url: tableUrl,
      rest: "some/json/test",
    },
    {
      name: "A6 a doubled slash stays as one",
      path: "test-account/tablename//some/json/test",
      service: tableStorage,
      url: tableUrl,
      rest: "/some/json/test",
    },
    {
      name: "only one leading slash goes, not that of the rest",
      path: "/test-vault//",
      service: keyVault,
      url: vaultUrl,
      rest: "/",
    },
    {
      name: "an App Configuration store",
      path: "shop/a/b",
      service: appConfiguration,
      url: "https://shop.azconfig.io",
      rest: "a/b",
    },
    { name: "a host in capitals", path: "Test-Vault.Vault.Azure.NET/A", service: keyVault, url: vaultUrl, rest: "A" },
  ])("$name: $path", ({ path, service, url, rest }) => {
    expect(splitAddress(path, service)).toMatchObject({ url, rest });
  });

  it.each([
    { name: "the first segment of a vault", service: keyVault },
    { name: "the first segment of an account", service: tableStorage },
    { name: "the first segment of a store", service: appConfiguration },
  ])("A7 refuses what cannot be part of a URL: $name", ({ service }) => {
    const error = refusal("/%25%65%6e%301-._~/</partitionKey/rowKey", service);
    expect(error).toMatchObject({ kind: "badRequest" });
    // A dot makes it a host, of no known cloud.
    expect(String(error)).toMatch(
      /failed to initialize the client: "%25%65%6e%301-\._~" is no host of a known Azure cloud/,
    );
    expect(refusal("/%25%65%6e%301-~/</partitionKey/rowKey", service)).toMatchObject({
      kind: "badRequest",
      message: expect.stringMatching(/^failed to initialize the client: "%25%65%6e%301-~" cannot be/) as string,
    });
  });

  it("A7 refuses a table of such a name", () => {
    expect(refusal("/test-account/</partitionKey/rowKey", tableStorage)).toMatchObject({
      kind: "badRequest",
      message: expect.stringMatching(/^failed to initialize the client: "<" cannot be/) as string,
    });
  });

  it.each([
    { path: "", service: keyVault, form: "<vault>/<secret name>" },
    { path: "/", service: keyVault, form: "<vault>/<secret name>" },
    { path: "test-vault", service: keyVault, form: "<vault>/<secret name>" },
    { path: "test-vault/", service: keyVault, form: "<vault>/<secret name>" },
    { path: "//name", service: keyVault, form: "<vault>/<secret name>" },
    { path: "account", service: tableStorage, form: "<account>/<table>/<partition key>/<row key>" },
    { path: "account/table", service: tableStorage, form: "<account>/<table>/<partition key>/<row key>" },
    { path: "account//key", service: tableStorage, form: "<account>/<table>/<partition key>/<row key>" },
    { path: "store", service: appConfiguration, form: "<store>/<key>" },
  ])('says what form is expected when segments are missing: "$path"', ({ path, service, form }) => {
    expect(refusal(path, service)).toMatchObject({
      kind: "badRequest",
      message: `"${path}" is not of the form ${form}`,
      hint: `write ${form}`,
    });
  });

  const china = "https://login.chinacloudapi.cn";
  const government = "https://login.microsoftonline.us";
  it.each([
    {
      path: "v.vault.azure.net/a",
      service: keyVault,
      authorityHost: undefined,
      scope: "https://vault.azure.net/.default",
    },
    { path: "v.vault.azure.cn/a", service: keyVault, authorityHost: china, scope: "https://vault.azure.cn/.default" },
    {
      path: "v.vault.usgovcloudapi.net/a",
      service: keyVault,
      authorityHost: government,
      scope: "https://vault.usgovcloudapi.net/.default",
    },
    {
      path: "s.table.core.windows.net/t/a/b",
      service: tableStorage,
      authorityHost: undefined,
      scope: "https://storage.azure.com/.default",
    },
    {
      path: "s.table.core.chinacloudapi.cn/t/a/b",
      service: tableStorage,
      authorityHost: china,
      scope: "https://storage.azure.com/.default",
    },
    {
      path: "s.table.core.usgovcloudapi.net/t/a/b",
      service: tableStorage,
      authorityHost: government,
      scope: "https://storage.azure.com/.default",
    },
    {
      path: "c.azconfig.io/a",
      service: appConfiguration,
      authorityHost: undefined,
      scope: "https://appconfig.azure.com/.default",
    },
    {
      path: "c.azconfig.azure.cn/a",
      service: appConfiguration,
      authorityHost: china,
      scope: "https://appconfig.azure.cn/.default",
    },
    {
      path: "c.azconfig.azure.us/a",
      service: appConfiguration,
      authorityHost: government,
      scope: "https://appconfig.azure.us/.default",
    },
  ])("takes the cloud from the host: $path", ({ path, service, authorityHost, scope }) => {
    const address: AzureAddress = splitAddress(path, service);
    expect(address.host).toBe(path.split("/")[0]);
    expect(address.resource).toBe(path.split(".")[0]);
    expect(address.cloud).toMatchObject({ authorityHost, scope });
  });

  it.each([
    { name: "another domain", path: "evil.example/a", service: keyVault },
    { name: "a domain that only ends alike", path: "evilvault.azure.net/a", service: keyVault },
    { name: "the suffix alone", path: "vault.azure.net/a", service: keyVault },
    { name: "a known suffix inside", path: "v.vault.azure.net.evil.example/a", service: keyVault },
    { name: "another service", path: "v.azconfig.io/a", service: keyVault },
    { name: "Managed HSM", path: "v.managedhsm.azure.net/a", service: keyVault },
    { name: "Cosmos DB", path: "v.table.cosmos.azure.com/t/a/b", service: tableStorage },
    { name: "a dot too many", path: "v..vault.azure.net/a", service: keyVault },
    { name: "a host below a vault", path: "a.v.vault.azure.net/a", service: keyVault },
    { name: "credentials and a port", path: "u:p@v.vault.azure.net:8443/a", service: keyVault },
    { name: "a fragment", path: "evil.example#v.vault.azure.net/a", service: keyVault },
    { name: "a backslash", path: "evil.example\\v.vault.azure.net/a", service: keyVault },
  ])("sends a token to no host but those of Azure: $name", ({ path, service }) => {
    const error = refusal(path, service);
    expect(isStoreError(error) && error.kind).toBe("badRequest");
  });
});
