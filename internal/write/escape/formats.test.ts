import { describe, expect, it } from "vitest";
import { escapeFormatOf, escapeFormats } from "./formats.ts";

describe("escapeFormatOf", () => {
  it.each([
    ["app.json", "json"],
    ["tsconfig.jsonc", "json"],
    ["a.json5", "json"],
    ["app.yaml", "yaml"],
    ["deploy/app.YML", "yaml"],
    ["app.yaml.tmpl", "yaml"],
    ["app.yaml.in", "yaml"],
    ["app.yaml.tmpl.in", "none"],
    ["Cargo.toml", "toml"],
    ["pom.xml", "xml"],
    ["logo.svg", "xml"],
    ["App.csproj", "xml"],
    ["Web.Release.config", "xml"],
    ["tool.exe.config", "xml"],
    ["nginx.config", "none"],
    ["log4j.properties.dist", "properties"],
    [".env", "dotenv"],
    [".env.production", "dotenv"],
    [".env.dist", "dotenv"],
    ["prod.env", "dotenv"],
    ["C:\\app\\.env", "dotenv"],
    ["run.sh", "shell"],
    ["run.bash.tpl", "shell"],
    ["run.zsh", "shell"],
    ["index.html", "none"],
    ["json", "none"],
    ["environment", "none"],
    ["a.json/readme", "none"],
    ["notes.txt", "none"],
    ["", "none"],
  ])("says of %s that it is %s", (name, format) => {
    expect(escapeFormatOf(name)).toBe(format);
  });

  it("says nothing that cannot be asked for", () => {
    expect(escapeFormats).toEqual(["none", "auto", "json", "yaml", "xml", "toml", "properties", "dotenv", "shell"]);
  });
});
