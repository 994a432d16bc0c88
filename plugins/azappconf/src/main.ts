import { serve } from "configmanager/plugin";
import { appConfigurationStore } from "./store.ts";

serve(appConfigurationStore);
