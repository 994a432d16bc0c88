import { formatHclogRecord } from "../../internal/log/hclog.ts";
import type { LogLevel } from "../../internal/log/logger.ts";
import type { StoreLog, StoreLogFields } from "./store.ts";

/**
 * The log that a store writes to: one hclog JSON line for each record, all levels, for the host to filter (go-plugin
 * protocol, section 9.2).
 */
export function createStoreLog(name: string, writeLine: (line: string) => void): StoreLog {
  const at =
    (level: LogLevel) =>
    (message: string, fields?: StoreLogFields): void =>
      writeLine(`${formatHclogRecord({ level, message, name, fields }, new Date())}\n`);
  return { trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
