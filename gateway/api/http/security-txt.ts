import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { ServerSettings } from "../../core/plant.ts";
import type { ApiApp } from "../context.ts";

/** RFC 9116 §2.5.5: less than a year; made anew with each request. */
const validMs = 180 * 86_400_000;

/** `/.well-known/security.txt`: whom to tell of a weakness, as the configuration says. */
export function securityTxtRoute(app: ApiApp, server: ServerSettings, clock: Clock): void {
  app.get(
    "/.well-known/security.txt",
    { config: { policy: "public" }, schema: { hide: true } },
    async (_request, reply) => {
      const text = securityTxt(server, clock.wallMs());
      if (text === undefined) throw new PlanciaError("request/not-found", "This gateway names nobody to tell.");
      return reply.type("text/plain; charset=utf-8").header("cache-control", "no-store").send(text);
    },
  );
}

export function securityTxt({ securityContact, publicUrl }: ServerSettings, nowMs: number): string | undefined {
  if (securityContact === undefined) return undefined;
  const lines = [
    `Contact: ${securityContact}`,
    `Expires: ${new Date(nowMs + validMs).toISOString()}`,
    "Preferred-Languages: en, it",
  ];
  // §2.5.2: of an https address alone.
  if (publicUrl?.startsWith("https://")) lines.push(`Canonical: ${new URL("/.well-known/security.txt", publicUrl)}`);
  return `${lines.join("\n")}\n`;
}
