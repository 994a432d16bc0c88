/** Words before a separator that look like a prefix and are none: text for a run, and a finding for who checks a file. */
import { nearestWord } from "../errors/nearest.ts";
import { isPrefix } from "./prefixes.ts";
import { compileSyntax } from "./syntax.ts";
import { endsTokenAt } from "./terminators.ts";
import type { TokenSyntax } from "./token.ts";
import { maxNameBytes, maxNames, nameStart } from "./unknown-prefix.ts";
import { bufferOf, isWordByte } from "./utf8.ts";

/** One of them, with the separator behind it. */
export interface UnknownWord {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  /** The known prefix that is near. */
  readonly nearest: string | undefined;
}

/** A part of a text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The words outside of `taken` that would begin a token if they were known: `[A-Z][A-Z0-9_]*` as a whole word, a separator,
 * and something that a path can hold. Schemes of URLs that are in common use are left out, and with another separator than
 * `://` so is a word that is near no known prefix.
 *
 * `taken` holds tokens and faults, in the order of the text. Linear in the input; near prefixes are sought for the first
 * 1,000 distinct words.
 */
export function findUnknownWords(
  bytes: Uint8Array,
  syntax: TokenSyntax,
  taken: readonly TextRange[],
): readonly UnknownWord[] {
  const buffer = bufferOf(bytes);
  const compiled = compileSyntax(syntax);
  const { separator, prefixes } = compiled;
  const nearestTo = new Map<string, string | undefined>();
  const found: UnknownWord[] = [];
  let next = 0;
  for (let at = buffer.indexOf(separator); at !== -1; at = buffer.indexOf(separator, at + 1)) {
    const start = nameStart(buffer, at);
    if (start === -1 || at - start >= maxNameBytes || (start > 0 && isWordByte(buffer[start - 1]!))) continue;
    while (next < taken.length && taken[next]!.end <= start) next++;
    if (next < taken.length && taken[next]!.start < at) continue;
    const name = buffer.toString("latin1", start, at);
    if (!isPrefix(name) || prefixes.has(name) || commonSchemes.has(name)) continue;
    const end = at + separator.length;
    if (endsTokenAt(buffer, end, compiled)) continue;
    if (!nearestTo.has(name) && nearestTo.size < maxNames) nearestTo.set(name, nearestWord(name, prefixes));
    const nearest = nearestTo.get(name);
    if (nearest !== undefined || syntax.tokenSeparator === "://") found.push({ start, end, name, nearest });
  }
  return found;
}

const commonSchemes: ReadonlySet<string> = new Set(
  (
    "AMQP AMQPS DATA DOCKER FTP FTPS GIT GRPC GRPCS GS HDFS HTTP HTTPS ICMP IMAP IMAPS IRC JAR JDBC KAFKA LDAP LDAPS " +
    "MONGODB MQTT MQTTS MYSQL NATS NFS OCI ODBC PGSQL POP3 POSTGRES POSTGRESQL REDIS REDISS RSYNC RTMP RTSP S3 SFTP SIP " +
    "SMB SMTP SMTPS SOCKS5 SQLSERVER SSH SVN TCP TLS UDP UNIX WS WSS"
  ).split(" "),
);
