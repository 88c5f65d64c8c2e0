import { PlanciaError } from "../../core/errors.ts";
import type { SingleSignOn } from "../../services/single-sign-on.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { setCookie } from "../http/cookie.ts";
import { keepFlow, takeFlow } from "../http/flow-cookie.ts";
import { originOfRequest } from "../http/identity.ts";
import { originOf } from "../http/origin.ts";
import { within } from "../http/scope.ts";
import { ProviderList, ProviderPlace } from "../wire/single-sign-on.ts";

/** Longest body of a back-channel logout, bytes. */
const largestLogout = 32 * 1024;

/** A browser goes away and comes back by these, so they answer with where it goes next, not with problems. */
export async function singleSignOnRoutes(app: ApiApp, context: ApiContext): Promise<void> {
  app.get(
    "/auth/providers",
    { config: { policy: "public" }, schema: { tags: ["sign-in"], response: { 200: ProviderList } } },
    async () => {
      const { singleSignOn, plant } = context.useCases;
      const at = originOf(plant.server.publicUrl ?? "") ?? "";
      const items = singleSignOn?.providers() ?? [];
      return { items: items.map(({ id, name }) => ({ id, name, start: `${at}/api/v1/auth/oidc/${id}` })) };
    },
  );

  app.get(
    "/auth/oidc/:id",
    {
      config: { policy: "public" },
      schema: { tags: ["sign-in"], description: "Sends a browser to the provider.", params: ProviderPlace },
    },
    async (request, reply) => {
      const { id } = request.params;
      try {
        const { url, kept } = await singleSignOnOf(context).begin(id);
        keepFlow(context, request, reply, id, kept);
        return reply.redirect(url, 303);
      } catch (error) {
        return reply.redirect(signInPage(error), 303);
      }
    },
  );

  app.get(
    "/auth/oidc/:id/callback",
    {
      config: { policy: "public" },
      schema: { tags: ["sign-in"], description: "The way back from the provider.", params: ProviderPlace },
    },
    async (request, reply) => {
      const { id } = request.params;
      const kept = takeFlow(context, request, reply, id);
      const query = request.url.split("?").slice(1).join("?");
      try {
        const answer = await singleSignOnOf(context).finish(id, query, kept, originOfRequest(request));
        setCookie(context, request, reply, answer.cookie);
        // Always there: nothing that was sent along says where it goes on. The page then asks for its tokens
        // with the cookie, which is the page's own request, so that SameSite=Strict holds.
        return reply.redirect("/", 303);
      } catch (error) {
        return reply.redirect(signInPage(error), 303);
      }
    },
  );

  await within(app, "", (scope) => backChannel(scope, context));
}

/** OpenID Connect Back-Channel Logout 1.0, §2.5: from the provider itself, as a form. */
async function backChannel(scope: ApiApp, context: ApiContext): Promise<void> {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: largestLogout },
    (_request, body, done) => done(null, new URLSearchParams(String(body)).get("logout_token") ?? ""),
  );
  scope.post(
    "/auth/oidc/:id/backchannel-logout",
    {
      config: { policy: "public" },
      schema: {
        tags: ["sign-in"],
        description: "For the provider: a logout token ends the sign-ins of its subject.",
        params: ProviderPlace,
      },
    },
    async (request, reply) => {
      const token = typeof request.body === "string" ? request.body : "";
      try {
        await singleSignOnOf(context).ended(request.params.id, token, originOfRequest(request));
      } catch (error) {
        // §2.8: what does not hold is a 400.
        if (error instanceof PlanciaError && error.code === "auth/provider-refused")
          throw new PlanciaError("request/invalid", error.message, { cause: error });
        throw error;
      }
      return reply.code(200).send();
    },
  );
}

function singleSignOnOf({ useCases }: ApiContext): SingleSignOn {
  if (useCases.singleSignOn === undefined)
    throw new PlanciaError("request/not-found", "There is no such sign-in provider");
  return useCases.singleSignOn;
}

const reasons = ["flow-lost", "provider-unavailable", "provider-refused", "not-mapped", "disabled"] as const;

/** The sign-in page with one of a few words, never with text from outside. @throws what is no reason of a person's. */
function signInPage(error: unknown): string {
  if (!(error instanceof PlanciaError)) throw error;
  if (error.code === "request/not-found") throw error;
  const reason = reasons.find((each) => error.code === `auth/${each}`) ?? "failed";
  return `/#/signin?sso=${reason}`;
}
