import type { ProviderSettings } from "../core/access/identity-provider-port.ts";
import { matches } from "../core/access/policy.ts";
import type { Equipment } from "../core/plant.ts";
import type { Parsing } from "./parse.ts";
import type { Root } from "./schema/root.ts";

export function providersOf(oidc: Root["security"]["oidc"]): readonly ProviderSettings[] {
  return Object.entries(oidc).map(([id, { groups, ...provider }]) => ({ id, ...provider, mappings: groups }));
}

/** What only the whole file tells of the providers. */
export function checkProviders({ report, substituted }: Parsing, root: Root, equipment: readonly Equipment[]): void {
  const providers = Object.entries(root.security.oidc);
  if (providers.length === 0) return;
  const { publicUrl } = root.server;
  if (publicUrl === undefined)
    report.problem(["security", "oidc"], "server.publicUrl is needed: it is where providers send people back to");
  else if (new URL(publicUrl).protocol !== "https:" && !isOwnComputer(publicUrl))
    report.problem(["server", "publicUrl"], "https, since providers send people back to it (security.oidc)");
  const seen = new Map<string, string>();
  for (const [id, { issuer, groups }] of providers) {
    const path = ["security", "oidc", id];
    if (!substituted.has([...path, "clientSecret"].join("\0")))
      report.problem(
        [...path, "clientSecret"],
        `not in clear in this file: "\${sealed:TEXT}" (plancia seal), "\${file:PATH}" or "\${env:NAME}"`,
      );
    const other = seen.get(issuer);
    if (other !== undefined) report.problem([...path, "issuer"], `is that of ${other} already`);
    seen.set(issuer, id);
    for (const [n, group] of groups.entries())
      for (const [m, pattern] of group.equipment.entries())
        if (!equipment.some((machine) => matches(pattern, machine.id)))
          report.warning([...path, "groups", n, "equipment", m], `"${pattern}" fits no machine`);
  }
}

function isOwnComputer(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
