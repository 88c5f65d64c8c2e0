import { Readable } from "node:stream";
import { allows, type Caller } from "../../core/access/policy.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { AuditFilter } from "../../core/records-port.ts";
import type { AuditFormat } from "../../services/use-cases.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { auditRow } from "../views/person.ts";
import { AnchorPage, AuditExportParameters, AuditPage, AuditParameters, AuditVerified } from "../wire/audit.ts";
import { PageParameters } from "../wire/lists.ts";

const config = { policy: { permission: "audit:read" } } as const;
const tags = ["audit"];

const types: Readonly<Record<AuditFormat, string>> = {
  jsonl: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
};

/** The record of who did what: pages of it, all of it with its proof, its anchors, and whether it holds. */
export function auditRoutes(app: ApiApp, { useCases: { audit, plant, signIns }, clock }: ApiContext): void {
  app.get(
    "/audit",
    { config, schema: { tags, querystring: AuditParameters, response: { 200: AuditPage } } },
    async (request) => {
      const { limit, next, from, to, ...asked } = request.query;
      const question = { ...filterOf(asked, from, to), limit, next: numberOf(next) };
      const { entries, next: further } = await audit.list(callerOf(request), question);
      return { items: entries.map(auditRow), next: further === undefined ? undefined : String(further) };
    },
  );

  app.get("/audit/export", { config, schema: { tags, querystring: AuditExportParameters } }, async (request, reply) => {
    const { format, from, to, ...asked } = request.query;
    const caller = callerOf(request);
    const text = await audit.export(caller, format, filterOf(asked, from, to));
    const day = new Date(clock.wallMs()).toISOString().slice(0, 10);
    return reply
      .header("content-type", types[format])
      .header("content-disposition", `attachment; filename="audit-${plant.gatewayId}-${day}.${format}"`)
      .send(Readable.from(whileAllowed(text, () => signIns.renew(caller))));
  });

  app.get(
    "/audit/anchors",
    { config, schema: { tags, querystring: PageParameters, response: { 200: AnchorPage } } },
    async (request) => {
      const { limit, next } = request.query;
      const answer = await audit.anchors(callerOf(request), { limit, next: numberOf(next) });
      const items = answer.anchors.map(({ anchor }) => anchor);
      return { publicKey: answer.pem, items, next: answer.next === undefined ? undefined : String(answer.next) };
    },
  );

  app.get("/audit/verify", { config, schema: { tags, response: { 200: AuditVerified } } }, async (request) => {
    const { count: entries, ...found } = await audit.verify(callerOf(request));
    return { ...found, entries };
  });
}

/** A long download outlives rights: they are asked again for each page. @throws PlanciaError auth/required. */
async function* whileAllowed(text: AsyncIterable<string>, today: () => Promise<Caller | undefined>) {
  for await (const piece of text) {
    const caller = await today();
    if (caller === undefined || !allows(caller, "audit:read"))
      throw new PlanciaError("auth/required", "The sign-in ended.");
    yield piece;
  }
}

function filterOf(
  asked: Omit<AuditFilter, "fromMs" | "toMs" | "visible">,
  fromMs: number | undefined,
  toMs: number | undefined,
): Omit<AuditFilter, "visible"> {
  return { ...asked, ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
}

function numberOf(next: string | undefined): number | undefined {
  if (next === undefined) return undefined;
  if (/^\d{1,15}$/.test(next)) return Number(next);
  const fields = [{ pointer: "/next", detail: "what the page before gave" }];
  throw new PlanciaError("request/invalid", "There is no such page.", { fields });
}
