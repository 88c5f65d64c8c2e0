import { PlanciaError } from "../../core/errors.ts";
import type { UseCases } from "../../services/use-cases.ts";
import type { ApiApp } from "../context.ts";

/**
 * The private authority for browsers to install. Public: it holds no secret, and who installs it
 * compares the fingerprint with the one that the gateway printed at its start.
 */
export function authorityRoute(app: ApiApp, { certificate }: Pick<UseCases, "certificate">): void {
  app.get("/ca.pem", { config: { policy: "public" }, schema: { hide: true } }, async (_request, reply) => {
    const authority = certificate?.()?.authority;
    if (authority === undefined)
      throw new PlanciaError("request/not-found", "This gateway has no authority of its own.");
    return reply
      .header("content-type", "application/x-x509-ca-cert")
      .header("content-disposition", 'attachment; filename="plancia-ca.pem"')
      .header("plancia-fingerprint-sha256", authority.fingerprint)
      .header("cache-control", "no-store")
      .send(authority.pem);
  });
}
