import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sheetText } from "../core/acceptance/sheet.ts";
import { InjectBench } from "./testing/inject.ts";
import type { ConfigurationVersions, PendingConfiguration, VersionChanges } from "./wire/configuration.ts";

let bench: InjectBench;

beforeEach(async () => {
  bench = new InjectBench();
  bench.bench.people.put("anna", "administrator");
  const { configurations } = bench.bench;
  const kept = { at: 0, leftOut: 0, startedAt: 0, why: undefined };
  const first = `{"site":{"name":"Old hall"}}`;
  await configurations.store.add({ ...kept, who: "system:gateway", text: first, plain: first });
  const now = configurations.file.text;
  await configurations.store.add({ ...kept, who: "bruno", why: "a new name", leftOut: 1, text: now, plain: now });
});

afterEach(() => bench.close());

const pending = (as = "anna") => bench.call<PendingConfiguration>("GET", "/api/v1/config/pending", { as });
const versions = (as = "anna") => bench.call<ConfigurationVersions>("GET", "/api/v1/config/versions", { as });
const back = (n: number | string, body: object = {}, as = "anna") =>
  bench.call<ConfigurationVersions & { code?: string; detail?: string }>("POST", `/api/v1/config/versions/${n}/back`, {
    as,
    body,
  });

describe("GET /config/pending", () => {
  it("says that the file is what runs", async () => {
    expect(await pending()).toMatchObject({ status: 200, body: { state: "same" } });
  });

  it("says what a start would change, thing by thing, in both languages", async () => {
    bench.bench.configurations.file.text = `{"site":{"name":"New hall"}}`;
    expect((await pending()).body).toMatchObject({
      state: "different",
      total: 1,
      parts: [
        {
          say: { en: "setting site changed", it: "impostazione site modificata" },
          values: { name: { from: "Hall", to: "New hall" } },
        },
      ],
      waits: [],
    });
  });

  it("says what of it would widen control, and wait (R9)", async () => {
    await bench.bench.changes.start();
    const control = bench.bench.changes.desk.control("press");
    if (!control) throw new Error("there is no press");
    const tags = new Map(control.now.tags);
    tags.set("speed", { ...tags.get("speed"), limits: [0, 9_000] });
    const { file } = bench.bench.configurations;
    file.sheets = new Map([["press", sheetText({ ...control.now, tags })]]);
    file.text = `{"site":{"name":"New hall"}}`;
    expect((await pending()).body).toMatchObject({
      waits: [{ target: "press/speed", key: "limits", from: { en: "0 … 500" }, to: { en: "0 … 9000" } }],
    });
  });

  it("says where an invalid file is wrong; what runs goes on", async () => {
    bench.bench.configurations.file.text = "nonsense";
    expect((await pending()).body).toEqual({
      state: "invalid",
      problems: [{ line: 3, column: 5, path: "site.id", text: "expected a text" }],
    });
  });

  it("looks at the file once for all who ask at the same time", async () => {
    const { desk, file } = bench.bench.configurations;
    await Promise.all([desk.look(), desk.look(), desk.look()]);
    expect(file.looks).toBe(1);
    await desk.look();
    expect(file.looks).toBe(2);
  });

  it("is for whoever may accept changes of every machine", async () => {
    bench.bench.people.put("oven-only", "engineer", ["oven"]);
    const asked = await Promise.all(["oven-only", "operator", "viewer"].map((as) => pending(as)));
    expect(asked.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect((await versions("oven-only")).status).toBe(403);
    expect((await back(1, {}, "oven-only")).status).toBe(403);
    expect(bench.bench.configurations.file.looks).toBe(0);
  });
});

describe("the versions over HTTP", () => {
  it("are listed, newest first, with who and why", async () => {
    expect((await versions()).body.items).toMatchObject([
      { n: 2, who: "bruno", why: "a new name", leftOut: 1 },
      { n: 1, who: "system:gateway", startedAt: "1970-01-01T00:00:00.000Z" },
    ]);
  });

  it("tell what each changed of the one before", async () => {
    const of = (n: number) => bench.call<VersionChanges>("GET", `/api/v1/config/versions/${n}`, { as: "anna" });
    expect((await of(2)).body.parts).toMatchObject([{ values: { name: { from: "Old hall", to: "Hall" } } }]);
    expect((await of(9)).status).toBe(404);
  });

  it("are gone back to, on the record with who and why, for the next start", async () => {
    const { status, body } = await back(1, { why: "it was better" });
    expect([status, bench.bench.configurations.file.text]).toEqual([200, `{"site":{"name":"Old hall"}}`]);
    expect(body.items[0]).toMatchObject({ n: 3, who: "anna", why: "back to version 1: it was better" });
    expect(body.items[0]?.startedAt).toBeUndefined();
    expect(bench.bench.audit.entries.at(-1)).toMatchObject({
      ...{ action: "config.saved", who: "anna", class: "administration" },
      detail: { version: 1, reason: "it was better" },
    });
  });

  it("are left where they are if it cannot be put on the record", async () => {
    const before = bench.bench.configurations.file.text;
    bench.bench.audit.broken = true;
    expect((await back(1)).status).toBe(503);
    expect([bench.bench.configurations.file.text, (await versions()).body.items.length]).toEqual([before, 2]);
  });

  it.each([
    ["secrets are left out of it", 2, 409, /Secrets are left out of version 2/],
    ["it is not there", 7, 404, /no version 7/],
    ["it is no number", "last", 400, /./],
  ])("are not gone back to where %s", async (_why, n, status, detail) => {
    const answer = await back(n);
    expect([answer.status, answer.body.detail ?? "-"]).toEqual([status, expect.stringMatching(detail)]);
  });

  it("are gone back to on the box alone where settings of the gateway, its server, security or record are others", async () => {
    const { store, file } = bench.bench.configurations;
    const [before, text] = [file.text, `{"security":{"secondFactor":"off"},"site":{"name":"Hall"}}`];
    await store.add({ at: 0, who: "x", why: undefined, leftOut: 0, startedAt: 0, text, plain: text });
    const answer = await back(3);
    expect([answer.status, answer.body.detail]).toEqual([
      409,
      expect.stringMatching(/settings \(security\).*on the box/),
    ]);
    expect([file.text, bench.bench.audit.entries.length]).toEqual([before, 0]);
  });

  it("are not gone back to where one is not valid any more, and say the line", async () => {
    const { store, file } = bench.bench.configurations;
    const before = file.text;
    await store.add({ at: 0, who: "x", why: undefined, leftOut: 0, startedAt: 0, text: "old words", plain: "{}" });
    const answer = await back(3);
    expect([answer.status, answer.body.detail]).toEqual([409, expect.stringMatching(/line 3, column 5: expected/)]);
    expect(file.text).toBe(before);
  });
});
