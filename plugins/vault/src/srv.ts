import { Resolver } from "node:dns/promises";

/**
 * Where a service is, by the SRV records of its name (`_http._tcp.<host>`): `host:port`, of the best priority, chosen by
 * weight. Undefined when there are none or nobody says. The machine's name servers are asked unless `resolver` is set.
 */
export async function lookUpService(host: string, resolver: Resolver = new Resolver()): Promise<string | undefined> {
  const records = await resolver.resolveSrv(`_http._tcp.${host}`).catch(() => []);
  const best = Math.min(...records.map(({ priority }) => priority));
  const candidates = records.filter(({ priority }) => priority === best);
  let ticket = Math.random() * candidates.reduce((sum, { weight }) => sum + weight, 0);
  const chosen = candidates.find(({ weight }) => (ticket -= weight) <= 0) ?? candidates[0];
  return chosen === undefined ? undefined : `${chosen.name.replace(/\.$/, "")}:${chosen.port}`;
}
