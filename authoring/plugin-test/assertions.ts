import type { Assertion } from "./assertion.ts";
import { handshakeAssertions } from "./assertions/handshake.ts";
import { listenerAssertions } from "./assertions/listener.ts";
import { outputAssertions, processAssertions } from "./assertions/process.ts";
import { seldomAssertions } from "./assertions/seldom-calls.ts";
import { serviceAssertions } from "./assertions/services.ts";
import { tlsAssertions } from "./assertions/tls.ts";
import { valueAssertions } from "./assertions/values-1.ts";
import { streamAssertions } from "./assertions/values-2.ts";

/**
 * Everything that is looked at, in that order. `P`: go-plugin's protocol, by the numbers of its checklist for plugins (those
 * that are missing cannot be seen from outside); `V`: values on app protocol 1; `Q`: app protocol 2.
 */
export const assertions: readonly Assertion[] = [
  ...handshakeAssertions,
  ...listenerAssertions,
  ...serviceAssertions,
  ...processAssertions,
  ...tlsAssertions,
  ...valueAssertions,
  ...streamAssertions,
  ...seldomAssertions,
  ...outputAssertions,
];
