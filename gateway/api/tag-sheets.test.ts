import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sheetText } from "../core/acceptance/sheet.ts";
import { InjectBench } from "./testing/inject.ts";
import type { SheetLook, SheetTaken } from "./wire/tag-sheets.ts";

let bench: InjectBench;

beforeEach(() => {
  bench = new InjectBench();
  bench.bench.people.put("anna", "administrator");
});

afterEach(() => bench.close());

const wanted = `{"site":{"name":"New hall"}}`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const look = (text: string, more: object = {}, as = "anna") =>
  bench.call<SheetLook & { detail?: string }>("POST", "/api/v1/config/tags/look", {
    as,
    body: { csv: base64(text), ...more },
  });
const take = (text: string, base: string, more: object = {}, as = "anna") =>
  bench.call<SheetTaken & { detail?: string }>("POST", "/api/v1/config/tags", {
    as,
    body: { csv: base64(text), base, ...more },
  });
const file = () => bench.bench.configurations.file;

describe("a sheet of tags over HTTP", () => {
  it("is looked at without changing anything, bad rows told one by one", async () => {
    const before = file().text;
    expect(await look(wanted)).toMatchObject({ status: 200, body: { added: 1, left: 1, bad: 0, takeable: true } });
    expect((await look(`${wanted} bad`)).body).toMatchObject({
      ...{ bad: 1, takeable: false },
      faults: [{ row: 2, column: "unit", cell: "bad", text: "expected a unit" }],
    });
    expect((await look(`${wanted} bad`, { skipBadRows: true })).body).toMatchObject({ bad: 1, takeable: true });
    expect([file().text, bench.bench.audit.entries]).toEqual([before, []]);
  });

  it("is taken on the record, as a version with who, why and how many", async () => {
    const { base } = (await look(wanted)).body;
    expect(await take(wanted, base, { why: "hall 2" })).toMatchObject({ status: 200, body: { n: 1 } });
    const why = "tags from a sheet: 1 added, 0 changed: hall 2";
    expect(await bench.bench.configurations.store.list()).toMatchObject([{ n: 1, who: "anna", why }]);
    expect(bench.bench.audit.entries.at(-1)).toMatchObject({
      ...{ action: "config.saved", who: "anna", detail: { reason: why } },
    });
    expect(file().text).toBe(wanted);
  });

  it("is not taken where the file is another than the one looked at, nor where rows are wrong", async () => {
    const { base } = (await look(wanted)).body;
    expect(await take(`${wanted} bad`, base)).toMatchObject({
      ...{ status: 409, body: { detail: "Nothing was taken: 1 rows are wrong; row 2, unit: expected a unit" } },
    });
    file().text = `{"site":{"name":"By hand"}}`;
    expect((await take(wanted, base)).status).toBe(409);
    expect(file().text).toBe(`{"site":{"name":"By hand"}}`);
  });

  it("stays where it is if it cannot be put on the record", async () => {
    const { base } = (await look(wanted)).body;
    const before = file().text;
    bench.bench.audit.broken = true;
    expect((await take(wanted, base)).status).toBe(503);
    expect(file().text).toBe(before);
  });

  it("says before it is taken what would widen control, and wait (R9)", async () => {
    await bench.bench.changes.start();
    const control = bench.bench.changes.desk.control("press");
    if (!control) throw new Error("there is no press");
    const tags = new Map(control.now.tags);
    tags.set("speed", { ...tags.get("speed"), limits: [0, 9_000] });
    file().sheets = new Map([["press", sheetText({ ...control.now, tags })]]);
    expect((await look(wanted)).body.waits).toMatchObject([{ target: "press/speed", key: "limits" }]);
  });

  it("is for whoever may accept changes of every machine", async () => {
    bench.bench.people.put("oven-only", "engineer", ["oven"]);
    const { base } = (await look(wanted)).body;
    for (const as of ["oven-only", "operator", "viewer"]) {
      expect([(await look(wanted, {}, as)).status, (await take(wanted, base, {}, as)).status]).toEqual([403, 403]);
      expect((await bench.call("GET", "/api/v1/config/tags", { as })).status).toBe(403);
    }
  });

  it("goes out as a file", async () => {
    const { status, headers } = await bench.call("GET", "/api/v1/config/tags?style=semicolons", { as: "anna" });
    expect([status, headers["content-type"], headers["content-disposition"]]).toEqual([
      ...[200, "text/csv; charset=utf-8; header=present", 'attachment; filename="tags.csv"'],
    ]);
  });

  it("is refused where it is none, or too large", async () => {
    const asked = (body: object) => bench.call("POST", "/api/v1/config/tags/look", { as: "anna", body });
    expect((await asked({ csv: "no base64!" })).status).toBe(400);
    expect((await asked({ csv: "A".repeat(6 * 1024 * 1024) })).status).toBe(413);
    expect((await asked({})).status).toBe(400);
  });
});
