/**
 * Answers every question for a host's address, in a process that loads it first (`own-resolver.ts`): with
 * the address in `TEST_RESOLVE_TO`, or with the error of that code. No name server is asked, so that no test can reach the
 * real host.
 */
const dns = require("node:dns");
const { isIP } = require("node:net");
const process = require("node:process");

const answer = process.env["TEST_RESOLVE_TO"] ?? "ENOTFOUND";

dns.lookup = (hostname, options, callback) => {
  const done = typeof options === "function" ? options : callback;
  const all = typeof options === "object" && options?.all === true;
  process.nextTick(() => {
    if (isIP(answer) === 0) {
      const error = new Error(`getaddrinfo ${answer} ${hostname}`);
      done(Object.assign(error, { code: answer, errno: -3008, syscall: "getaddrinfo", hostname }));
    } else if (all) done(null, [{ address: answer, family: isIP(answer) }]);
    else done(null, answer, isIP(answer));
  });
  return {};
};
