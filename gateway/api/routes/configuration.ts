import { z } from "zod";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { partsView, pendingView, versionView } from "../views/configuration.ts";
import { ConfigurationVersions, GoBack, PendingConfiguration, VersionChanges } from "../wire/configuration.ts";

const Numbered = z.object({ n: z.coerce.number().int().min(1).max(999_999_999) });

/** The configuration's file and versions: what a start would make of the file, what each version changed, and the way back. */
export function configurationRoutes(app: ApiApp, { useCases }: ApiContext): void {
  const { configurations } = useCases;
  const config = { policy: { permission: "config:accept" } } as const;
  const tags = ["configuration"];

  app.get("/config/pending", { config, schema: { tags, response: { 200: PendingConfiguration } } }, async (request) =>
    pendingView(await configurations.pending(callerOf(request))),
  );

  app.get(
    "/config/versions",
    { config, schema: { tags, response: { 200: ConfigurationVersions } } },
    async (request) => ({ items: (await configurations.versions(callerOf(request))).map(versionView) }),
  );

  app.get(
    "/config/versions/:n",
    { config, schema: { tags, params: Numbered, response: { 200: VersionChanges } } },
    async (request) => partsView(await configurations.changesOf(callerOf(request), request.params.n)),
  );

  app.post(
    "/config/versions/:n/back",
    { config, schema: { tags, params: Numbered, body: GoBack, response: { 200: ConfigurationVersions } } },
    async (request) => {
      const { params, body } = request;
      return { items: (await configurations.back(callerOf(request), params.n, body.why)).map(versionView) };
    },
  );
}
