import { serve } from "configmanager/plugin";
import { vaultStore } from "./store.ts";

serve(vaultStore);
