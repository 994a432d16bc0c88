/** What is loaded of the official packages, and when: with the first `import()` of this file, and no more than these. */
export { DefaultAzureCredential } from "@azure/identity";
export { createHttpHeaders } from "@azure/core-rest-pipeline";
