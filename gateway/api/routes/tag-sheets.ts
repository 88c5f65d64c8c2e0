import { sheetLimits } from "../../core/configuration/tag-sheet.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { sheetView } from "../views/tag-sheets.ts";
import { SheetLook, SheetQuestion, SheetStyle, SheetTaken, TakeSheet } from "../wire/tag-sheets.ts";

/** Base64 of the largest sheet, and what stands around it. */
const bodyLimit = Math.ceil((sheetLimits.bytes * 4) / 3) + 64 * 1024;

/** Tags of the configuration file as a sheet: out, looked at, and taken. */
export function tagSheetRoutes(app: ApiApp, { useCases: { tagSheets } }: ApiContext): void {
  const config = { policy: { permission: "config:accept" } } as const;
  const tags = ["configuration"];

  app.get(
    "/config/tags",
    {
      config,
      schema: { tags, querystring: SheetStyle, description: "The tags of the configuration file as CSV, one a row." },
    },
    async (request, reply) => {
      const csv = await tagSheets.tags(callerOf(request), request.query.style);
      return reply
        .type("text/csv; charset=utf-8; header=present")
        .header("content-disposition", 'attachment; filename="tags.csv"')
        .send(csv);
    },
  );

  app.post(
    "/config/tags/look",
    {
      ...{ bodyLimit, config, schema: { tags, body: SheetQuestion, response: { 200: SheetLook } } },
    },
    async (request) => {
      const { csv, ...options } = request.body;
      return sheetView(await tagSheets.look(callerOf(request), sheetBytes(csv), options));
    },
  );

  app.post(
    "/config/tags",
    { bodyLimit, config, schema: { tags, body: TakeSheet, response: { 200: SheetTaken } } },
    async (request) => {
      const { csv, why, ...options } = request.body;
      const n = await tagSheets.take(callerOf(request), sheetBytes(csv), { ...options, why });
      return n === undefined ? {} : { n };
    },
  );
}

function sheetBytes(csv: string): Uint8Array {
  const bytes = Buffer.from(csv, "base64");
  if (bytes.length <= sheetLimits.bytes) return bytes;
  throw new PlanciaError("request/too-large", `The sheet has more than ${sheetLimits.bytes} bytes: split it`);
}
