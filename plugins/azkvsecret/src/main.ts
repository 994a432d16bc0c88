import { serve } from "configmanager/plugin";
import { azKvSecretStore } from "./store.ts";

serve(azKvSecretStore);
