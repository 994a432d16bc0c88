import { serve } from "configmanager/plugin";
import { envStore } from "./store.ts";

serve(envStore);
