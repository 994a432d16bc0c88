import { serve } from "configmanager/plugin";
import { tableStore } from "./store.ts";

serve(tableStore);
