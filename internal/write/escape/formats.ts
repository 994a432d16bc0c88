/** Formats that a value can be written into, in the order the help lists them; `auto` goes by the file's name. */
export const escapeFormats = ["none", "auto", "json", "yaml", "xml", "toml", "properties", "dotenv", "shell"] as const;

/** A format that text is written in; `none` is text without rules. */
export type EscapeFormat = Exclude<(typeof escapeFormats)[number], "auto">;

/**
 * The format of a file by its name, letter case ignored; a folder before the name and one suffix of a template
 * (`.tmpl`, `.tpl`, `.template`, `.in`, `.dist`) do not count. A name that says nothing is `none`.
 */
export function escapeFormatOf(fileName: string): EscapeFormat {
  const name = fileName.slice(Math.max(fileName.lastIndexOf("/"), fileName.lastIndexOf("\\")) + 1).toLowerCase();
  const bare = name.replace(/(?<=.)\.(tmpl|tpl|template|in|dist)$/, "");
  if (/^\.env(\..+)?$|\.env$/.test(bare)) return "dotenv";
  // .NET's own files; elsewhere ".config" is any language.
  if (/^(web|app|nuget|packages|machine)(\..+)?\.config$|\.(exe|dll)\.config$/.test(bare)) return "xml";
  const extension = bare.slice(bare.lastIndexOf(".") + 1);
  return formatOfExtension.get(bare.includes(".") ? extension : "") ?? "none";
}

const formatOfExtension: ReadonlyMap<string, EscapeFormat> = new Map(
  (
    [
      ["json", "json jsonc json5 webmanifest tfstate"],
      ["yaml", "yaml yml"],
      ["toml", "toml"],
      ["properties", "properties"],
      ["shell", "sh bash ksh zsh"],
      ["xml", "xml xsd xsl xslt wsdl svg xhtml xaml plist pom csproj fsproj vbproj vcxproj props targets nuspec resx"],
    ] as const
  ).flatMap(([format, extensions]) => extensions.split(" ").map((extension) => [extension, format] as const)),
);
