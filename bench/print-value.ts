import process from "node:process";

/** Prints what a program is timed for, when it has it. */
export function printValue(read: () => Promise<string | undefined>): void {
  read().then(
    (value) => process.stdout.write(value ?? "nothing"),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
