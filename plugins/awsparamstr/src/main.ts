import { serve } from "configmanager/plugin";
import { awsParamStrStore } from "./store.ts";

serve(awsParamStrStore);
