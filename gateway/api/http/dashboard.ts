import { sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { ApiApp } from "../context.ts";

/**
 * The built dashboard at `/`. Its pages live behind `#`, so that only files have addresses. Files
 * with a hash in their name never change; everything else is asked for again each time.
 */
export async function dashboardRoutes(app: ApiApp, folder: string): Promise<void> {
  app.addHook("onRoute", (route) => {
    route.config = { ...route.config, policy: "public" };
    route.schema = { ...route.schema, hide: true };
  });
  await app.register(fastifyStatic, {
    root: folder,
    cacheControl: false,
    dotfiles: "ignore",
    setHeaders(reply, path) {
      const hashed = path.includes(`${sep}assets${sep}`);
      reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-store");
    },
  });
}
