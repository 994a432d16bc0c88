import type { Store } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import type { LocalFile } from "./local-file.ts";
import { checkOptions } from "./settings.ts";

/** Values of one file that is encrypted with age. */
export const localStore: Store = createStore();

function createStore(): Store {
  let file: LocalFile | undefined;
  return {
    prefix: "LOCAL",
    version: manifest.version,
    summary: "values of a file that is encrypted with age",
    pathForm: "<name>",
    optionKeys: {
      file: "the file of the store; .configmanager/local.age, or local.age of the user's configuration folder, unless set",
      identityFile: "the file of the keys; local.key of the user's configuration folder unless set",
      recipients: "a list of who else can read the store, as age1…",
      recipientsFile: "a file with one of them a line; the store's own with .recipients after it unless set",
    },
    configure: checkOptions,
    async setUp() {
      const { openLocalFile } = await import("./local-file.ts");
      file = openLocalFile();
    },
    values: (requests, context) => file!.read(requests, context),
    put: (request, context) => file!.put(request, context),
    list: (request, context) => file!.list(request, context),
  };
}
