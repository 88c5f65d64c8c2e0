import { PlanciaError } from "../../core/errors.ts";
import {
  type EndpointDescription,
  GetEndpointsRequest,
  type GetEndpointsResponse,
  MessageSecurityMode,
  SecurityPolicy,
} from "./node-opcua.ts";
import type { WireSettings } from "./secure-layer.ts";
import { type OpcuaSettings, policies } from "./settings.ts";
import { Wire } from "./wire.ts";
import { statusText } from "./words.ts";

/** What a server offers (GetEndpoints, Part 4 §5.5.4), asked without security: nothing of it is believed unchecked. */
export async function discover(
  settings: Omit<WireSettings, "security">,
  signal: AbortSignal,
): Promise<readonly EndpointDescription[]> {
  const wire = await Wire.open({ ...settings, security: { mode: "None" } }, signal);
  try {
    const request = new GetEndpointsRequest({ endpointUrl: settings.endpoint });
    const reply = await wire.request<GetEndpointsResponse>(request, settings.timeoutMs);
    if (reply.kind === "answer") return reply.response.endpoints ?? [];
    const why = reply.kind === "refused" ? statusText(reply.name) : reply.kind === "lost" ? reply.why : "no answer";
    throw new PlanciaError("device/connection-lost", `${settings.endpoint}: asked for its endpoints: ${why}`);
  } finally {
    await wire.close();
  }
}

/**
 * The endpoint with exactly the mode of the settings, and their policy or the strongest one offered; the one
 * that the server rates highest where there are several. Never another mode, and no policy that is out of use.
 * @throws PlanciaError device/settings with what the server offers.
 */
export function chooseEndpoint(
  offered: readonly EndpointDescription[],
  { endpoint, security }: Pick<OpcuaSettings, "endpoint" | "security">,
): EndpointDescription {
  const wanted = wantedPolicies(security);
  const rank = (one: EndpointDescription) => wanted.indexOf(policyName(one));
  const [best] = offered
    .filter((one) => one.securityMode === MessageSecurityMode[security.mode] && rank(one) >= 0)
    .filter((one) => /uatcp-uasc-uabinary/.test(one.transportProfileUri || "uatcp-uasc-uabinary"))
    .sort((a, b) => rank(b) - rank(a) || b.securityLevel - a.securityLevel);
  if (best) return best;
  const list = [...new Set(offered.map((one) => `${MessageSecurityMode[one.securityMode]} ${policyName(one)}`))];
  const wish = wanted.length > 1 ? `a policy of today (${wanted.toReversed().join(", ")})` : wanted[0];
  throw new PlanciaError(
    "device/settings",
    `${endpoint} offers no ${security.mode} with ${wish}, only: ${list.join(", ") || "nothing"}`,
  );
}

/** The policy of an endpoint that `chooseEndpoint` gave. */
export function policyOf(endpoint: EndpointDescription): SecurityPolicy {
  const policy = policies.find((name) => name === policyName(endpoint));
  return policy ? SecurityPolicy[policy] : SecurityPolicy.None;
}

/** The weakest first. */
function wantedPolicies({ mode, policy }: OpcuaSettings["security"]): readonly string[] {
  if (mode === "None") return ["None"];
  return policy === "best" ? policies : [policy];
}

function policyName(endpoint: EndpointDescription): string {
  return (endpoint.securityPolicyUri ?? "").split("#")[1] ?? "";
}
