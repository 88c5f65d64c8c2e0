import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { ApiApp } from "../context.ts";

/** Registers routes in a scope of their own: its hooks and parsers reach nothing outside it. */
export async function within(
  app: FastifyInstance | ApiApp,
  prefix: string,
  routes: (scope: ApiApp) => Promise<void>,
): Promise<void> {
  const plugin: FastifyPluginAsync = async (scope) => routes(scope.withTypeProvider<ZodTypeProvider>());
  await (app as FastifyInstance).register(plugin, { prefix });
}
