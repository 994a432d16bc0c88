import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../internal/errors/codes.ts";
import { readSource, sourceFiles } from "../helpers/source-files.ts";

const rows = readSource("docs/errors.md");
const tests = sourceFiles(/\.test\.ts$|^test\/golden\/.*errors\.txt$/)
  .filter((file) => file !== "test/arch/error-codes.test.ts")
  .map(readSource)
  .join("\n");
const code = sourceFiles(/\.ts$/)
  .filter((file) => !/\.test\.ts$|^test\//.test(file) && file !== "internal/errors/codes.ts")
  .map(readSource)
  .join("\n");

describe.each(Object.entries(exitCodeOf))("%s", (name, exitCode) => {
  it("has a row in docs/errors.md with its exit code", () => {
    expect(rows).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${exitCode} +\\|`, "m"));
  });

  it("is raised by the code", () => {
    expect(code).toContain(`"${name}"`);
  });

  it("is named by a test", () => {
    expect(tests).toContain(name);
  });
});

it("docs/errors.md has no row for a code that does not exist", () => {
  const documented = [...rows.matchAll(/^\| `(CM_[A-Z_]+)`/gm)].map((match) => match[1]);
  expect(documented.filter((name) => !Object.hasOwn(exitCodeOf, name!))).toEqual([]);
});
