import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/helpers/run-program.ts";
import { watchInputs, type WatchEvent, type WatchInputsOptions } from "./watch-inputs.ts";

/** Does one step after each event, and stops behind the last; resolves to the events. */
async function eventsOf(
  steps: readonly (() => void)[],
  options: Pick<WatchInputsOptions, "find"> & Partial<WatchInputsOptions>,
): Promise<readonly (WatchEvent | string)[]> {
  const ending = new AbortController();
  const events: (WatchEvent | string)[] = [];
  const next = async (event: WatchEvent | string): Promise<void> => {
    const step = steps[events.length];
    events.push(event);
    if (step === undefined) ending.abort(new Error("enough"));
    else step();
  };
  const watching = watchInputs({
    onChange: next,
    onLost: ([error]) => next(error!.message),
    signal: ending.signal,
    ...options,
  });
  await expect(watching).rejects.toThrow("enough");
  return events;
}

describe("watching files", () => {
  it("tells of the start and then of what has changed, and of nothing that has not", async () => {
    const folder = await temporaryFolder();
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    writeFileSync(a, "1");
    writeFileSync(b, "1");
    const steps = [
      () => {
        writeFileSync(join(folder, "other"), "");
        writeFileSync(b, "2");
      },
      () => rmSync(a),
      () => writeFileSync(a, "1"),
    ];
    expect(await eventsOf(steps, { find: async () => ({ files: [a, b], folders: [] }) })).toEqual([
      { reason: "start", changed: new Set([a, b]) },
      { reason: "files", changed: new Set([b]) },
      { reason: "files", changed: new Set([a]) },
      { reason: "files", changed: new Set([a]) },
    ]);
  });

  it("sees a file change behind a link, where it is and where the link is", async () => {
    const folder = await temporaryFolder();
    for (const name of ["one", "two", "in"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "one/a"), "1");
    writeFileSync(join(folder, "two/a"), "2");
    const link = join(folder, "in/a");
    symlinkSync("../one/a", link);
    const steps = [
      () => writeFileSync(join(folder, "one/a"), "3"),
      () => {
        rmSync(link);
        symlinkSync("../two/a", link);
      },
    ];
    const events = await eventsOf(steps, { find: async () => ({ files: [link], folders: [] }) });
    expect(events).toEqual([
      { reason: "start", changed: new Set([link]) },
      { reason: "files", changed: new Set([link]) },
      { reason: "files", changed: new Set([link]) },
    ]);
  });

  it("tells of the time, too, when that is asked for", async () => {
    const folder = await temporaryFolder();
    const events = await eventsOf([() => {}, () => {}], {
      find: async () => ({ files: [], folders: [folder] }),
      everyMs: 5,
    });
    expect(events.map((event) => (typeof event === "string" ? event : event.reason))).toEqual([
      "start",
      "time",
      "time",
    ]);
  });

  it("tells once of what it cannot find any more, and goes on when it is there again, the folder made anew", async () => {
    const folder = join(await temporaryFolder(), "in");
    const file = join(folder, "a");
    const isThere = { now: true };
    const fill = (): void => {
      mkdirSync(folder);
      writeFileSync(file, "1");
      isThere.now = true;
    };
    fill();
    const find: WatchInputsOptions["find"] = async () => {
      if (!isThere.now) throw new Error("it is gone");
      return { files: [file], folders: [folder] };
    };
    const remove = (): void => {
      isThere.now = false;
      rmSync(folder, { recursive: true });
    };
    const events = await eventsOf([remove, fill, () => writeFileSync(file, "2")], { find });
    expect(events).toEqual([
      { reason: "start", changed: new Set([file]) },
      "it is gone",
      { reason: "files", changed: new Set([file]) },
      { reason: "files", changed: new Set([file]) },
    ]);
  });

  it("ends with what a callback rejects with", async () => {
    const folder = await temporaryFolder();
    const find = async (): Promise<{ files: string[]; folders: string[] }> => ({ files: [], folders: [folder] });
    const onChange = (): Promise<void> => Promise.reject(new TypeError("a bug"));
    const { signal } = new AbortController();
    await expect(watchInputs({ find, onChange, onLost: onChange, signal })).rejects.toThrow("a bug");
  });
});
