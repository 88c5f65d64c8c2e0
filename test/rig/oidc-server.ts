import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export interface Account {
  readonly name: string;
  readonly groups: readonly string[];
  readonly amr?: readonly string[];
}

export const client = { id: "plancia", secret: "the-plant-s-own-client-secret-41" };

/** A real OpenID Connect provider on loopback. Who signs in next is said by the test; nobody types anything. */
export class OidcServer {
  readonly accounts = new Map<string, Account>();
  /** Subject of whoever comes next. */
  next = "";
  /** What went wrong when it called the gateway. */
  readonly errors: string[] = [];
  readonly issuer: string;
  readonly provider: Provider;
  readonly #server: Server;

  private constructor(server: Server, gateway: string, ids: readonly string[], host: string) {
    this.#server = server;
    this.issuer = `http://${host}:${(server.address() as AddressInfo).port}`;
    const accounts = this.accounts;
    this.provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          redirect_uris: ids.map((id) => `${gateway}/api/v1/auth/oidc/${id}/callback`),
          post_logout_redirect_uris: [`${gateway}/`],
          backchannel_logout_uri: `${gateway}/api/v1/auth/oidc/${ids[0]}/backchannel-logout`,
          backchannel_logout_session_required: true,
        },
      ],
      claims: {
        openid: ["sub", "groups"],
        profile: ["preferred_username", "locale"],
        amr: null,
        auth_time: null,
        sid: null,
      },
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: { enabled: true },
      },
      // Its own guard calls nothing on loopback, where this gateway is.
      fetch: (url, options) => fetch(url, { ...(options as RequestInit), dispatcher: undefined } as RequestInit),
      pkce: { required: () => true },
      cookies: { keys: ["a key of the test"] },
      async findAccount(_context, sub) {
        const account = accounts.get(sub);
        if (!account) return undefined;
        const claims = () => ({ sub, preferred_username: account.name, groups: [...account.groups] });
        return { accountId: sub, claims };
      },
      interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    });
    this.provider.on("backchannel.error", (_context, error) => this.errors.push(String(error)));
    server.on("request", (request, response) => {
      if (request.url?.startsWith("/interaction/")) void this.#interact(request, response);
      else void this.provider.callback()(request, response);
    });
  }

  /** @param ids of this provider at the gateway: each has a way back of its own. `host`: `localhost` is another site to browsers. */
  static async start(gateway: string, ids: readonly string[], host = "127.0.0.1"): Promise<OidcServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new OidcServer(server, gateway, ids, host);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close").catch(() => undefined);
  }

  async #interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params } = await this.provider.interactionDetails(request, response);
    if (prompt.name === "login") {
      const amr = this.accounts.get(this.next)?.amr;
      await this.provider.interactionFinished(request, response, {
        login: { accountId: this.next, ...(amr ? { amr: [...amr] } : {}) },
      });
      return;
    }
    const grant = new this.provider.Grant({ accountId: this.next, clientId: String(params["client_id"]) });
    grant.addOIDCScope(String(params["scope"]));
    const grantId = await grant.save();
    await this.provider.interactionFinished(
      request,
      response,
      { consent: { grantId } },
      { mergeWithLastSubmission: true },
    );
  }
}
