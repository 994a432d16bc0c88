import { serve } from "configmanager/plugin";
import { store } from "./store.ts";

// Not awaited, and nothing else here: a plugin that is built as a script has no top-level await.
serve(store);
