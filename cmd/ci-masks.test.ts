import { describe, expect, it } from "vitest";
import { ciMasks } from "./ci-masks.ts";

const github = { GITHUB_ACTIONS: "true" };
const azure = { TF_BUILD: "True" };
const masks = (
  values: readonly (string | Uint8Array)[],
  env: Record<string, string>,
  ci: "auto" | "off" = "auto",
): string =>
  ciMasks(
    values.map((value) => (typeof value === "string" ? Buffer.from(value) : value)),
    env,
    { ci },
  );

describe("ciMasks", () => {
  it("masks each value and each of its lines on GitHub Actions", () => {
    expect(masks(["first line\r\nsecond\nthird%\n"], github)).toBe(
      "::add-mask::first line%0D%0Asecond%0Athird%25%0A\n::add-mask::first line\n::add-mask::second\n::add-mask::third%25\n",
    );
  });

  it("masks on Azure Pipelines, where brackets and semicolons end a command", () => {
    expect(masks(["pass;word]%x"], azure)).toBe("##vso[task.setsecret]pass%3Bword%5D%AZP25x\n");
  });

  it.each(["abc", "  ab ", "true", "false", "null", "", "\n\n", " true "])(
    "does not mask %j, which would blank the log",
    (value) => {
      expect(masks([value], github)).toBe("");
    },
  );

  it("masks a text once, and nothing that is no UTF-8", () => {
    expect(masks(["same", "same", Uint8Array.from([0xff, 0xfe, 0xfd, 0xfc])], github)).toBe("::add-mask::same\n");
  });

  it.each([{ env: {} }, { env: { GITHUB_ACTIONS: "false" } }, { env: { CI: "true" } }])(
    "prints nothing where $env says so",
    ({ env }) => {
      expect(masks(["secret"], env as Record<string, string>)).toBe("");
    },
  );

  it("prints nothing when it is off", () => {
    expect(masks(["secret"], github, "off")).toBe("");
  });
});
