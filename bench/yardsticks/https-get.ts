/** The least that a program can do to have a value from a server: one GET, by nothing but Node. */
import { get } from "node:https";
import process from "node:process";

get(process.env["YARDSTICK_URL"] ?? "", (response) => {
  response.setEncoding("utf8").on("data", (text: string) => process.stdout.write(text));
});
