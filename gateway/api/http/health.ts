import type { FastifyInstance } from "fastify";
import type { AuditReading } from "../../services/use-cases.ts";

/**
 * `/healthz`: the process lives. `/readyz`: false only while starting and stopping; a full disk or a
 * lost device must not make an orchestrator kill the stop path (CONTRACT); `degraded` says that the audit cannot be written. Never rate-limited.
 */
export function healthRoutes(app: FastifyInstance, isReady: () => boolean, audit: Pick<AuditReading, "state">): void {
  const config = { policy: "public", rateLimit: false } as const;
  const schema = { tags: ["health"] };
  app.get("/healthz", { config, schema }, async () => ({ status: "ok" }));
  app.get("/readyz", { config, schema }, async (_request, reply) => {
    if (!isReady()) return reply.code(503).send({ status: "not ready" });
    return audit.state().available ? { status: "ready" } : { status: "ready", degraded: ["audit"] };
  });
}
