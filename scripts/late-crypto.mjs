/**
 * `node:crypto` for our own code: loaded when something of it is called, which most runs and most plugins never do, and which is
 * half a millisecond in the program and once more in each plugin. Types of it are not for `instanceof`.
 */
const functions = [
  "createHash",
  "createPrivateKey",
  "createPublicKey",
  "generateKeyPair",
  "randomBytes",
  "randomInt",
  "randomUUID",
  "sign",
  "verify",
];

/** @type {import("esbuild").Plugin} */
export const lateCrypto = {
  name: "late node:crypto",
  setup(bundle) {
    bundle.onResolve({ filter: /^node:crypto$/ }, ({ importer, kind }) =>
      kind === "require-call" || /[/\\]node_modules[/\\]/.test(importer)
        ? undefined
        : { path: "crypto", namespace: "late" },
    );
    bundle.onLoad({ filter: /.*/, namespace: "late" }, () => ({
      contents: `
        const load = () => require("node:crypto");
        ${functions.map((name) => `export const ${name} = (...args) => load().${name}(...args);`).join("\n")}
        export function X509Certificate(...args) { return new (load().X509Certificate)(...args); }`,
    }));
  },
};
