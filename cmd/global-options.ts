import { flagOf, offFlagOf, type SettingSpec, settingSpecs } from "../internal/config/settings-table.ts";
import type { OptionSpec } from "./commands/command.ts";

/** The flags that every command has, in the order of the help: that of the configuration file, and one for each setting. */
export const globalOptions: readonly OptionSpec[] = [
  { flags: "--config <FILE>", summary: "configuration file, instead of .configmanager/config.yaml" },
  ...settingSpecs.flatMap(toOptionSpecs),
];

function toOptionSpecs(spec: SettingSpec): readonly OptionSpec[] {
  const { short, valueName, summary, repeats, defaultText } = spec;
  const flags = `${short === undefined ? "" : `-${short}, `}${flagOf(spec)}${valueName === undefined ? "" : ` <${valueName}>`}`;
  const option = { flags, summary, ...(repeats && { repeats: true as const }), ...(defaultText && { defaultText }) };
  const off = offFlagOf(spec);
  return off === undefined ? [option] : [option, { flags: off, summary: `switch ${flagOf(spec)} off` }];
}
