import { serve } from "configmanager/plugin";
import { localStore } from "./store.ts";

serve(localStore);
