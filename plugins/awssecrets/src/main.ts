import { serve } from "configmanager/plugin";
import { awsSecretsStore } from "./store.ts";

serve(awsSecretsStore);
