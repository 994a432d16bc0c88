import { describe, expect, it } from "vitest";
import { describeAttempts } from "./credential-attempts.ts";

const noVariables = "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set";
const noFederation = "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are not set";
const federated = { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_FEDERATED_TOKEN_FILE: "/f" };
const tools = "Azure CLI (not installed), Azure PowerShell (not installed), Azure Developer CLI (not installed)";
const toolMessages = [
  "Visual Studio Code Authentication is not available. Ensure that…",
  "Azure CLI could not be found. Please visit…",
  "Error: Unable to execute PowerShell. Ensure that it is installed in your system.",
  "Azure Developer CLI couldn't be found. To mitigate this issue…",
];
const noEnvironment = "EnvironmentCredential is unavailable. No underlying credential could be used.";
const noMachine =
  "ManagedIdentityCredential: Authentication failed. Message Attempted to use the IMDS endpoint, but it is not available.";

function aggregate(messages: readonly string[]): Error {
  return Object.assign(new Error("ChainedTokenCredential authentication failed."), {
    errors: messages.map((message) => new Error(message)),
  });
}

describe("what was tried for a token", () => {
  it.each([
    {
      name: "nothing is set up",
      messages: [noEnvironment, noMachine, ...toolMessages],
      env: {},
      expected: `environment (${noVariables}), workload identity (${noFederation}), managed identity (no endpoint answers), Visual Studio Code (not part of this plugin), ${tools}`,
    },
    {
      name: "only what runs in production is wanted",
      messages: [noEnvironment, noMachine],
      env: { AZURE_TOKEN_CREDENTIALS: "Prod" },
      expected: `environment (${noVariables}), workload identity (${noFederation}), managed identity (no endpoint answers)`,
    },
    {
      name: "one credential is wanted, which has not logged in",
      messages: ["Please run 'az login' from a command prompt to authenticate before using this credential."],
      env: { AZURE_TOKEN_CREDENTIALS: "AzureCliCredential" },
      expected: "Azure CLI (gave none, see az login)",
    },
    {
      name: "the secret is missing",
      messages: [noEnvironment, noMachine],
      env: { AZURE_TOKEN_CREDENTIALS: "prod", AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c" },
      expected:
        "environment (AZURE_CLIENT_SECRET is not set), workload identity (AZURE_FEDERATED_TOKEN_FILE is not set), managed identity (no endpoint answers)",
    },
    {
      name: "the file of a workload is missing",
      messages: [noEnvironment, "ENOENT: no such file or directory, open '/f'", noMachine],
      env: { AZURE_TOKEN_CREDENTIALS: "prod", ...federated },
      expected:
        "environment (AZURE_CLIENT_SECRET is not set), workload identity (its file is not there), managed identity (no endpoint answers)",
    },
    {
      name: "Entra ID refuses a workload",
      messages: [
        noEnvironment,
        "invalid_client: Error(s): 700016 - [time]: AADSTS700016: Application 'c' was not found. Trace ID: 1",
        noMachine,
      ],
      env: { AZURE_TOKEN_CREDENTIALS: "prod", ...federated },
      expected:
        "environment (AZURE_CLIENT_SECRET is not set), workload identity (AADSTS700016: Application 'c' was not found), managed identity (no endpoint answers)",
    },
  ])("is told in order when $name", ({ messages, env, expected }) => {
    expect(describeAttempts(aggregate(messages), env)).toBe(expected);
  });

  it("ends with the credentials of the environment when Entra ID refuses them", () => {
    const message =
      "EnvironmentCredential authentication failed. To troubleshoot, visit https://example.com. Status code: 400\nMore details:\n7000215 - [time]: AADSTS7000215: Invalid client secret provided. Ensure that…";
    const env = { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_CLIENT_SECRET: "s" };
    expect(describeAttempts(new Error(message), env)).toBe(
      "environment (AADSTS7000215: Invalid client secret provided)",
    );
  });

  it("quotes nothing that a tool has said", () => {
    const env = { AZURE_TOKEN_CREDENTIALS: "AzureCliCredential" };
    expect(describeAttempts(new Error("az login said: hunter2"), env)).not.toContain("hunter2");
  });
});
