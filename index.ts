/** The library door: names, one by one. */
export { createConfigManager } from "./configmanager.ts";
export type {
  CallOptions,
  CheckOptions,
  CheckReport,
  ComparedInput,
  Comparison,
  ConfigManager,
  ConfigManagerOptions,
  Explanation,
  Finding,
  InputComparison,
  InputOptions,
  LineRange,
  ListedBelow,
  ListedValues,
  PluginInspection,
  ProgressEvent,
  PutItem,
  PutOptions,
  PutResult,
  RenderedBlocks,
  RenderedInputs,
  RenderOptions,
  RetrieveOptions,
  RetrievedValue,
  RetrievedValues,
  RetrieveRequest,
  ScannedToken,
  ScanReport,
  SyncOptions,
  SyncReport,
  SyncResult,
  TextInput,
  TokenReport,
  Warning,
} from "./configmanager.ts";
export type { StoreConfig } from "./internal/config/config.ts";
export type { ErrorCode } from "./internal/errors/codes.ts";
export {
  ConfigManagerError,
  ConfigManagerErrors,
  isConfigManagerError,
  isConfigManagerErrors,
  type ErrorDetails,
  type Place,
} from "./internal/errors/errors.ts";
export type { LogFields, Logger, LogLevel } from "./internal/log/logger.ts";
