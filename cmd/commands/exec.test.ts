import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFakeFacade } from "../../test/helpers/fake-facade.ts";
import { tableFolder } from "../../test/helpers/table-folder.ts";
import { type ProgramResult, runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";

const secret = "a value of a store";
const facade = createFakeFacade({
  "VAULT://a": secret,
  "VAULT://b": "another",
  "VAULT://json": '{"user":"somebody","port":5432,"none":null}',
  "VAULT://nul": "a\0b",
});
const path = { PATH: "/usr/bin:/bin" };

/** Runs `exec` in a folder of its own with these files, and reads what the command has written to `out`. */
async function runExec(
  argv: readonly string[],
  { files = {}, env = {} }: { files?: Record<string, string>; env?: Record<string, string> } = {},
): Promise<ProgramResult & { readonly out: string; readonly cwd: string }> {
  const cwd = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
  const result = await runProgram(["exec", ...argv], { cwd, env: { ...path, XDG_RUNTIME_DIR: cwd, ...env }, facade });
  return { ...result, cwd, out: await readFile(join(cwd, "out"), "utf8").catch(() => "nothing") };
}

describe("a command line of exec that is wrong", () => {
  const behind = "  hint: write the command behind --: configmanager exec -- COMMAND ARG…\n";
  it.each([
    { name: "no command", argv: [], expected: `there is no command\n${behind}` },
    { name: "nothing behind --", argv: ["-t", "VAULT://a", "--"], expected: `there is no command\n${behind}` },
    { name: "a command without --", argv: ["env", "-i"], expected: `"env" does not stand behind "--"\n${behind}` },
    { name: "a word before --", argv: ["env", "--", "x"], expected: `"env" does not stand behind "--"\n${behind}` },
    {
      name: "a mistyped flag",
      argv: ["--pristin", "--", "env"],
      expected: 'unknown option "--pristin"\n  hint: write --pristine\n',
    },
    {
      name: "a flag that is like no other",
      argv: ["--xyzzy", "--", "env"],
      expected: 'unknown option "--xyzzy"\n  hint: see configmanager exec --help\n',
    },
    {
      name: "two flags that exclude each other",
      argv: ["--pristine", "--resolve-env", "--", "env"],
      expected: '"--pristine" and "--resolve-env" exclude each other\n  hint: use one of them\n',
    },
    {
      name: "standard input as a .env file",
      argv: ["--env-file", "-", "--", "env"],
      expected:
        'standard input cannot be the "--env-file"\n  hint: name a file: standard input belongs to the command\n',
    },
    {
      name: "standard input as a template",
      argv: ["--file", "-:a", "--", "env"],
      expected:
        'standard input cannot be the template of "--file"\n  hint: name a file: standard input belongs to the command\n',
    },
    ...["/etc/passwd", "../x", "a/../../no-such-x", ".", "", "a/"].map((bad) => ({
      name: `a file at "${bad}"`,
      argv: ["--file", `t:${bad}`, "--", "env"],
      expected: `"${bad}" of --file is no path below a folder\n  hint: write a relative path behind the colon, such as app.yaml.tmpl:conf/app.yaml\n`,
    })),
    {
      name: "two files at one path",
      argv: ["--file", "a:x", "--file", "b:./x", "--", "env"],
      expected: 'two files of --file have the path "x"\n  hint: give one of them another with TEMPLATE:PATH\n',
    },
    {
      name: "--watch with no file",
      argv: ["-t", "VAULT://a", "--watch", "--", "env"],
      expected: "there is nothing to watch\n  hint: name a file with --env-file or --file, or give --watch-stores\n",
    },
    {
      name: "--watch with a report",
      argv: ["--env-file", "f.env", "--watch", "--report", "r.json", "--", "env"],
      expected: '"--report" tells of one run, and "--watch" is many\n  hint: give one of them\n',
    },
    {
      name: "--watch-stores with no duration",
      argv: ["-t", "VAULT://a", "--watch-stores", "often", "--", "env"],
      expected:
        '"often" of --watch-stores is not a duration between 1ms and 596h\n  hint: write a number with its unit (ms, s, m, h), such as 60s or 5m\n',
    },
    {
      name: "--watch of what is no file",
      argv: ["--env-file", "/dev/null", "--watch", "--", "env"],
      expected: '"/dev/null" is no regular file, and cannot be watched\n  hint: name a file, or leave out --watch\n',
    },
  ])("is $name", async ({ argv, expected }) => {
    const { exitCode, stdout, stderr } = await runExec(argv);
    expect([exitCode, stdout, stderr]).toEqual([2, "", `error CM_USAGE: ${expected}`]);
  });
});

describe("exec", () => {
  it("hands arguments on as they are, also those that look like flags", async () => {
    // With a value, since a command without one has the streams of these tests.
    const { exitCode, stdout } = await runExec([
      "-t",
      "VAULT://b",
      "--",
      "printf",
      "%s|",
      "-q",
      "--help",
      "--",
      "a b",
      "$HOME",
      "",
    ]);
    expect([exitCode, stdout]).toEqual([0, "-q|--help|--|a b|$HOME||"]);
  });

  it("gives tokens the names that retrieve gives them, and objects a variable for each key", async () => {
    const { out } = await runExec([
      "-t",
      "VAULT://a",
      "-t",
      "VAULT://json",
      "--pristine",
      "--",
      "/usr/bin/env",
      "sh",
      "-c",
      "export -p > out",
    ]);
    expect(out).toContain(`export A='${secret}'\n`);
    expect(out).toContain("export USER='somebody'\n");
    expect(out).toContain("export PORT='5432'\n");
    expect(out).toContain("export NONE=''\n");
  });

  it("takes a token before a .env file, and both before what is inherited", async () => {
    const { out } = await runExec(
      [
        "-t",
        "VAULT://a",
        "--env-file",
        "one.env",
        "--env-file",
        "two.env",
        "--",
        "sh",
        "-c",
        'echo "$A,$B,$C,$D" > out',
      ],
      {
        files: { "one.env": "A=file\nB=one\nC=one", "two.env": "C=two" },
        env: { A: "own", B: "own", C: "own", D: "own" },
      },
    );
    expect(out).toBe(`${secret},one,two,own\n`);
  });

  it("has only what is named with --pristine", async () => {
    const { out } = await runExec(["--env-file", "f.env", "--pristine", "--", "sh", "-c", "/usr/bin/env > out"], {
      files: { "f.env": "A=1" },
      env: { B: "own" },
    });
    expect(out.split("\n").filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(line))).toEqual(["A=1", ""]);
  });

  it("puts values where the tokens of a .env file stand, and nothing of them is syntax", async () => {
    const { out } = await runExec(["--env-file", "f.env", "--", "sh", "-c", 'printf "%s;" "$A" "$B" "$C" > out'], {
      files: { "f.env": '# VAULT://missing\nA="<VAULT://a >\\n"\nB=VAULT://b\nC=VAULT://missing\nC=x' },
    });
    expect(out).toBe(`<${secret} >\n;another;x;`);
  });

  it("resolves tokens in the inherited environment with --resolve-env, and leaves its own variables alone", async () => {
    const command = ["--", "sh", "-c", 'echo "$URL,$CONFIGMANAGER_ALLOW" > out'];
    const env = { URL: "x://VAULT://b", CONFIGMANAGER_ALLOW: "VAULT://missing" };
    expect((await runExec(["--resolve-env", ...command], { env })).out).toBe("x://another,VAULT://missing\n");
    expect((await runExec(command, { env })).out).toBe("x://VAULT://b,VAULT://missing\n");
  });

  it("reports every error of all sources with its place, and runs nothing", async () => {
    const { exitCode, stderr, out } = await runExec(
      ["--resolve-env", "--env-file", "f.env", "--file", "t", "--", "sh", "-c", "echo > out"],
      { files: { "f.env": "A=1\r\nB=VAULT://no1\r\n", t: "\n VAULT://no2" }, env: { V: "one\ntwo VAULT://no3" } },
    );
    expect([exitCode, out]).toEqual([4, "nothing"]);
    expect(stderr).toBe(
      [
        'error CM_STORE_NOT_FOUND: "VAULT://no3" is not there',
        "  --> $V:2:5",
        'error CM_STORE_NOT_FOUND: "VAULT://no1" is not there',
        "  --> f.env:2:3",
        "  2 | B=VAULT://no1",
        "    |   ^",
        'error CM_STORE_NOT_FOUND: "VAULT://no2" is not there',
        "  --> t:2:2",
        "  2 |  VAULT://no2",
        "    |  ^",
        "3 errors; nothing was run",
        "",
      ].join("\n"),
    );
  });

  it.each([
    { name: "of -t", argv: ["-t", "VAULT://nul"], variable: "NUL" },
    { name: "in a .env file", argv: ["--env-file", "f.env"], variable: "B" },
  ])("refuses a value with a NUL $name, and names its variable", async ({ argv, variable }) => {
    const { exitCode, stderr } = await runExec([...argv, "--", "env"], { files: { "f.env": "A=x\nB=VAULT://nul" } });
    expect([exitCode, stderr]).toEqual([
      4,
      `error CM_VALUE_INVALID: the value for "${variable}" holds a NUL, which no variable can hold\n` +
        '  hint: encode it with "[as=base64]", or hand it on in a file, with --file\n',
    ]);
  });

  it("masks what it was given in what the command prints, on both streams", async () => {
    const { stdout, stderr } = await runExec([
      "-t",
      "VAULT://a",
      "-t",
      "VAULT://json",
      "--",
      "sh",
      "-c",
      'echo "<$A> $USER $PORT"; echo "$A" | base64 >&2',
    ]);
    expect([stdout, stderr]).toEqual(["<***> *** ***\n", "***Cg==\n"]);
  });

  it("masks values in .env files, in the inherited environment and in files, and not what stands there by itself", async () => {
    const { stdout } = await runExec(
      [
        "--env-file",
        "f.env",
        "--resolve-env",
        "--file",
        "t",
        "--",
        "sh",
        "-c",
        'echo "$A $B"; cat "$CONFIGMANAGER_FILE"',
      ],
      { files: { "f.env": "A=plain-VAULT://a", t: "c: VAULT://json\n" }, env: { B: "inherited-VAULT://b" } },
    );
    expect(stdout).toBe("plain-*** inherited-***\nc: ***\n");
  });
});

describe("exec with stores of its own", () => {
  it("gives all values below a path, and asks once for what several texts need", async () => {
    const cwd = await tableFolder({ T: { "app/host": secret, "app/port": "5432", shared: "shared-value" } });
    await writeFile(join(cwd, "f.env"), "A=T://shared\n");
    await writeFile(join(cwd, "t"), "T://shared");
    const result = await runProgram(
      [
        "exec",
        "--under",
        "T://app/",
        "--env-file",
        "f.env",
        "--resolve-env",
        "--file",
        "t",
        "--",
        "sh",
        "-c",
        'echo "$HOST:$PORT $A $B" > out; cat out "$CONFIGMANAGER_FILE"',
      ],
      { cwd, env: { ...path, XDG_RUNTIME_DIR: cwd, B: "T://shared" } },
    );
    expect(result).toMatchObject({ exitCode: 0, stdout: "***:*** *** ***\n***", stderr: "" });
    expect(await readFile(join(cwd, "out"), "utf8")).toBe(`${secret}:5432 shared-value shared-value\n`);
    const asked = await readFile(join(cwd, "asked"), "utf8");
    expect(asked.split("\n").filter((line) => line.includes("shared"))).toHaveLength(1);
  });
});

describe("exec --watch", () => {
  it.each([
    { name: "a value that is not there", argv: ["--env-file", "f.env"], exitCode: 4, code: "CM_STORE_NOT_FOUND" },
    { name: "a file that is not there", argv: ["--env-file", "no.env"], exitCode: 2, code: "CM_INPUT_UNREADABLE" },
    { name: "a command that is not there", argv: [], exitCode: 127, code: "CM_COMMAND_NOT_FOUND" },
  ])("ends with what fails the first time: $name", async ({ argv, exitCode, code }) => {
    const result = await runExec([...argv, "--watch-stores", "1h", "--", "no-such-command"], {
      files: { "f.env": "A=VAULT://no" },
    });
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toMatch(new RegExp(`^error ${code}: `));
  });

  it("ends when the system refuses to run the command the first time", async () => {
    const { exitCode, stderr } = await runExec(["--watch-stores", "1h", "--", "true"], {
      env: { LARGE: "x".repeat(3_000_000) },
    });
    expect(exitCode).toBe(126);
    expect(stderr).toMatch(/^error CM_COMMAND_NOT_EXECUTABLE: the command "true" cannot be run: /);
  });
});

describe("a command that cannot be run", () => {
  it.each([
    { name: "is not there", command: "no-such-command", exitCode: 127, message: "is not there" },
    { name: "is not there, by its path", command: "./no", exitCode: 127, message: "is not there" },
    { name: "has no name", command: "", exitCode: 127, message: "is not there" },
    { name: "is a folder", command: "/usr", exitCode: 126, message: "is a folder" },
    { name: "has no execute bit", command: "./text", exitCode: 126, message: "may not be run by this user" },
  ])("because it $name", async ({ command, exitCode, message }) => {
    const result = await runExec(["--", command], { files: { text: "x" } });
    const code = exitCode === 127 ? "CM_COMMAND_NOT_FOUND" : "CM_COMMAND_NOT_EXECUTABLE";
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toContain(`error ${code}: the command "${command}" ${message}\n  hint: `);
  });

  it("is reported without its arguments when the system refuses it", async () => {
    const large = { LARGE: "x".repeat(3_000_000) };
    const { exitCode, stderr } = await runExec(["--", "true", "argument"], { env: large });
    expect([exitCode, stderr]).toEqual([
      126,
      'error CM_COMMAND_NOT_EXECUTABLE: the command "true" cannot be run: its arguments and environment are larger than the system allows\n' +
        "  hint: hand large values on in files, with --file\n",
    ]);
  });
});
