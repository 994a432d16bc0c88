import { serve } from "configmanager/plugin";
import { gcpSecretsStore } from "./store.ts";

serve(gcpSecretsStore);
