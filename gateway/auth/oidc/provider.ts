import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
} from "openid-client";
import type {
  EndedAtProvider,
  IdentityProvider,
  ProvenIdentity,
  ProviderFlow,
  ProviderSettings,
} from "../../core/access/identity-provider-port.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { type Claims, claimAt, identityOf } from "./claims.ts";
import { logoutTokens, refused } from "./logout-token.ts";
import { assertOrigin, outboundFetch, unavailable } from "./outbound.ts";

/** What the provider says of itself is asked for anew after so long, ms. */
const knownForMs = 3_600_000;
/** After it did not answer it is left alone for so long, ms. */
const restMs = 3_000;
/** A second factor of the provider may be so old at most, s. */
const oldestFactorS = 300;
/** A longer token (many groups) makes an address that servers refuse; then the provider asks who leaves. Characters. */
const longestHint = 4000;

export interface OidcSettings {
  readonly provider: ProviderSettings;
  /** `https://plancia.example`: where providers send people back to. */
  readonly publicUrl: string;
  /** S18: addresses that names may stand for although they are loopback or link-local. */
  readonly allow: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

interface Discovered {
  readonly configuration: Configuration;
  readonly logout: (token: string) => Promise<EndedAtProvider>;
}

/** Where a provider sends the browser back to: exactly this is registered there. */
export function callbackUrl(publicUrl: string, id: string): string {
  return `${new URL(publicUrl).origin}/api/v1/auth/oidc/${id}/callback`;
}

/** An OpenID Connect provider: authorization code flow with PKCE, state and nonce. Asked only when somebody signs in. */
export class OidcProvider implements IdentityProvider {
  readonly settings: ProviderSettings;
  readonly #with: OidcSettings;
  readonly #origins: ReadonlySet<string>;
  readonly #fetch: ReturnType<typeof outboundFetch>;
  #known: { readonly at: number; readonly answer: Promise<Discovered> } | undefined;
  #last: Discovered | undefined;

  constructor(settings: OidcSettings) {
    this.#with = settings;
    this.settings = settings.provider;
    this.#origins = new Set([new URL(this.settings.issuer).origin, ...this.settings.origins]);
    this.#fetch = outboundFetch(this.#origins, settings.allow);
  }

  async begin(flow: ProviderFlow): Promise<string> {
    const { configuration } = await this.#discovered();
    const { scopes, secondFactor } = this.settings;
    const url = buildAuthorizationUrl(configuration, {
      response_type: "code",
      redirect_uri: this.#callback,
      scope: scopes.join(" "),
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: "S256",
      ...(secondFactor.length > 0 ? { max_age: String(oldestFactorS) } : {}),
    });
    assertOrigin(this.#origins, url.href);
    return url.href;
  }

  async finish(query: string, flow: ProviderFlow): Promise<ProvenIdentity> {
    const { configuration } = await this.#discovered();
    const { issuer, secondFactor, groupsClaim } = this.settings;
    try {
      const answer = await authorizationCodeGrant(configuration, new URL(`${this.#callback}?${query}`), {
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        pkceCodeVerifier: flow.verifier,
        idTokenExpected: true,
        ...(secondFactor.length > 0 ? { maxAge: oldestFactorS } : {}),
      });
      const claims = answer.claims();
      const { id_token: idToken } = answer;
      if (claims === undefined || idToken === undefined) throw refused("there is no ID token");
      const more = await this.#more(configuration, answer.access_token, claims);
      return { ...identityOf(issuer, claims, more, groupsClaim), idToken };
    } catch (error) {
      throw this.#said(error);
    }
  }

  leaving(idToken: string | undefined): string | undefined {
    const configuration = this.#last?.configuration;
    const endpoint = configuration?.serverMetadata().end_session_endpoint;
    if (configuration === undefined || endpoint === undefined || !this.#origins.has(new URL(endpoint).origin))
      return undefined;
    const back = `${new URL(this.#with.publicUrl).origin}/`;
    const asked: Record<string, string> = { post_logout_redirect_uri: back };
    if (idToken !== undefined && idToken.length <= longestHint) asked["id_token_hint"] = idToken;
    return buildEndSessionUrl(configuration, asked).href;
  }

  async ended(logoutToken: string): Promise<EndedAtProvider> {
    const { logout } = await this.#discovered();
    try {
      return await logout(logoutToken);
    } catch (error) {
      throw this.#said(error);
    }
  }

  /** Many providers put no more than the subject into the ID token; then what they say to the access token is asked for. */
  async #more(
    configuration: Configuration,
    accessToken: string,
    claims: Claims & { readonly sub: string },
  ): Promise<Claims> {
    const { userinfo_endpoint: endpoint } = configuration.serverMetadata();
    const told = (claim: string) => claimAt(claims, claim) !== undefined;
    if (endpoint === undefined || (told(this.settings.groupsClaim) && told("preferred_username"))) return {};
    // Its subject must be that of the ID token (OpenID Connect Core §5.3.2).
    return fetchUserInfo(configuration, accessToken, claims.sub);
  }

  get #callback(): string {
    return callbackUrl(this.#with.publicUrl, this.settings.id);
  }

  #discovered(): Promise<Discovered> {
    const now = this.#with.clock.monotonicMs();
    if (this.#known === undefined || now - this.#known.at >= knownForMs) {
      const answer = this.#discover();
      this.#known = { at: now, answer };
      answer.then(
        (discovered) => {
          this.#last = discovered;
        },
        () => {
          this.#known = { at: this.#with.clock.monotonicMs() - knownForMs + restMs, answer };
        },
      );
    }
    return this.#known.answer;
  }

  async #discover(): Promise<Discovered> {
    const { issuer, clientId, clientSecret } = this.settings;
    const plain = issuer.startsWith("http:") ? [allowInsecureRequests] : [];
    try {
      const configuration = await discovery(new URL(issuer), clientId, undefined, clientAuthentication(clientSecret), {
        // Without it a signature is checked only where TLS does not vouch for the token (OpenID Connect Core §3.1.3.7).
        execute: [enableNonRepudiationChecks, ...plain],
        [customFetch]: this.#fetch,
      });
      const { jwks_uri: jwksUri, issuer: said } = configuration.serverMetadata();
      if (jwksUri === undefined || said !== issuer) throw unavailable(`it says of itself that it is ${said}`);
      const { monotonicMs } = this.#with.clock;
      const logout = logoutTokens({ issuer, clientId, jwksUri, fetch: this.#fetch, monotonicMs });
      return { configuration, logout };
    } catch (error) {
      const said = this.#said(error);
      throw said.code === "auth/provider-unavailable" ? said : unavailable("its description does not hold", error);
    }
  }

  /** In the words of the catalogue; the log has the reason, without what was sent. */
  #said(error: unknown): PlanciaError {
    const known = plainError(error);
    const why = error instanceof Error ? error.message : "unknown";
    this.#with.log.warn({ provider: this.settings.id, why, cause: known?.message }, "sign-in provider");
    if (known !== undefined) return known;
    if (error instanceof AuthorizationResponseError) return refused(`it says ${error.error}`);
    return refused(why);
  }
}

function plainError(error: unknown): PlanciaError | undefined {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof PlanciaError) return each;
  return undefined;
}

/** `client_secret_basic` unless the provider takes only the other one (OpenID Connect Discovery §3). */
function clientAuthentication(secret: string): ClientAuth {
  const basic = ClientSecretBasic(secret);
  const post = ClientSecretPost(secret);
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    const auth = !methods.includes("client_secret_basic") && methods.includes("client_secret_post") ? post : basic;
    auth(server, client, body, headers);
  };
}
