import { serve } from "configmanager/plugin";
import { fileStore } from "./store.ts";

serve(fileStore);
