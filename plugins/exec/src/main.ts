import { kill } from "node:process";
import { serve } from "configmanager/plugin";
import { createExecStore } from "./store.ts";

serve(createExecStore({ kill }));
