import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { GrantView } from "../../gateway/api/wire/access.ts";
import type { AuditRow, UserView } from "../../gateway/api/wire/administration.ts";
import type { FactorSecret, SignInList } from "../../gateway/api/wire/auth.ts";
import type { GuestList } from "../../gateway/api/wire/booking.ts";
import type { InvitedView } from "../../gateway/api/wire/organisations.ts";
import { type Configuration, writeConfiguration } from "../rig/configuration.ts";
import { anna, bruno, KioskDevice, setPins } from "../rig/kiosk.ts";
import { codeAt, stepNow } from "../rig/one-time-code.ts";
import { Operator } from "../rig/operator.ts";
import { type Person, request } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/**
 * Everything that has to be on the record is done once on a whole gateway, and then the record is read:
 * who, from where, what, and what was before.
 */
const local = "127.0.0.1";
let plant: Plant;
let ada: Person;
let rows: readonly AuditRow[];

beforeAll(async () => {
  plant = await startPlant({
    people: {
      ada: "administrator",
      olga: "operator",
      sara: "supervisor",
      gino: "guest",
      anna: "operator",
      bruno: "operator",
    },
    change: (configuration) => {
      const furnace = configuration.equipment["furnace"] ?? {};
      Object.assign(furnace, { lease: "required", bookable: true, onLossOfControl: { policy: "continue" } });
    },
  });
  ada = await plant.enter("ada");
  await plant.restore(ada);
  await signIns();
  await people();
  await organisations();
  await rights();
  await commands();
  await bookings();
  await kiosk();
  await secondFactor();
  await exportsAndCertificates();
  await configuration();
  const { items } = (await ada.get<{ items: AuditRow[] }>("/audit?limit=500")).body;
  rows = items;
}, 120_000);
afterAll(() => plant?.close());

async function run(args: readonly string[], input = ""): Promise<void> {
  const ended = await plant.plancia(args, input);
  if (ended.code !== 0) throw new Error(`${args.join(" ")}: ${ended.stderr}`);
}

async function signIns(): Promise<void> {
  await request(plant.url, "POST", "/auth/login", { body: { username: "olga", password: "not it" } });
  const olga = await plant.enter("olga");
  await olga.get("/users");
  await olga.post("/auth/logout", {});
  await plant.enter("olga");
  const { items } = (await ada.get<SignInList>("/auth/sign-ins")).body;
  expect(items.length).toBeGreaterThan(0);
}

async function people(): Promise<void> {
  const added = await ada.post<{ id: string }>("/users", { name: "nina", role: "viewer", password });
  const change = { role: "operator", equipment: ["furnace"] };
  const path = `/users/${added.body.id}`;
  await request(plant.url, "PATCH", path, { token: ada.accessToken, body: change });
  await request(plant.url, "PATCH", path, { token: ada.accessToken, body: { password: `${password}-2` } });
  await run(["user", "disable", "nina"]);
}

async function patch(path: string, body: object): Promise<void> {
  const answer = await request(plant.url, "PATCH", path, { token: ada.accessToken, body });
  if (answer.status !== 200) throw new Error(`PATCH ${path}: ${JSON.stringify(answer)}`);
}

async function organisations(): Promise<void> {
  await ada.post("/organisations", { id: "acme", name: "Acme" });
  const { body } = await ada.post<InvitedView>("/organisations/acme/members", { name: "mario" });
  const member = `/organisations/acme/members/${body.member.id}`;
  await patch(member, { leads: true });
  await request(plant.url, "POST", "/auth/join", { body: { secret: body.secret, password } });
  await request(plant.url, "DELETE", member, { token: ada.accessToken });
  await patch("/organisations/acme", { name: "Acme S.p.A.", disabled: true });
}

async function rights(): Promise<void> {
  const { body: users } = await ada.get<{ items: UserView[] }>("/users");
  const id = users.items.find(({ name }) => name === "olga")?.id;
  const subject = { kind: "user", id };
  const given = await ada.post<GrantView>("/grants", { subject, role: "viewer", equipment: ["furnace"] });
  await patch(`/grants/${given.body.id}`, { highestClass: "C1" });
  await request(plant.url, "DELETE", `/grants/${given.body.id}`, { token: ada.accessToken });
}

async function commands(): Promise<void> {
  const olga = await Operator.enter(plant.url, "olga");
  await olga.person.write("furnace/setpoint", 860);
  await olga.takes("furnace");
  expect((await olga.person.write("furnace/setpoint", 860, { wait: 10_000 })).body.state).toBe("VERIFIED");
  await olga.release("furnace");
  await olga.person.stop("furnace");
  olga.close();
  await plant.restore(ada);
}

async function bookings(): Promise<void> {
  const sara = await plant.enter("sara");
  const { body: guests } = await sara.get<GuestList>("/bookings/people");
  const start = (Math.ceil(Date.now() / 3_600_000) + 1) * 3_600_000;
  const times = { start: new Date(start).toISOString(), end: new Date(start + 3_600_000).toISOString() };
  const made = await sara.post<{ id: string; version: number }>("/bookings", {
    ...{ equipment: "furnace", userId: guests.items[0]?.id, title: "try", ...times },
  });
  expect(JSON.stringify(made)).toContain("201");
  const headers = (version: number) => ({
    ...{ authorization: `Bearer ${sara.accessToken}`, "content-type": "application/json" },
    "if-match": `"${version}"`,
  });
  const url = `${plant.url}/api/v1/bookings/${made.body.id}`;
  const changed = await fetch(url, { method: "PATCH", headers: headers(made.body.version), body: '{"title":"other"}' });
  expect(changed.status).toBe(200);
  const { "content-type": _, ...bare } = headers(made.body.version + 1);
  expect((await fetch(url, { method: "DELETE", headers: bare })).status).toBeLessThan(300);
}

async function kiosk(): Promise<void> {
  await setPins(plant);
  const { device } = await KioskDevice.enrol(plant, "furnace", "Hall 2");
  await device.post("/lock-out", { user: anna.user, pin: "000001", reason: "seal" });
  await device.post("/lock-out", { ...anna, reason: "seal" });
  const locked = (await device.now()).body.lockOuts[0]?.id;
  await device.post("/lock-out/lift", { ...anna, id: locked });
  await device.post("/island", { ...bruno, on: true });
  await device.post("/island", { ...bruno, on: false });
}

async function secondFactor(): Promise<void> {
  const sara = await plant.enter("sara");
  const { secret } = (await sara.post<FactorSecret>("/auth/factor", { password })).body;
  await sara.post("/auth/factor/activate", { otp: codeAt(secret, stepNow()) });
  await run(["user", "reset-factor", "sara"]);
}

async function exportsAndCertificates(): Promise<void> {
  const get = async (path: string) => {
    const response = await fetch(`${plant.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${ada.accessToken}` },
    });
    expect(response.status).toBe(200);
    await response.text();
  };
  const from = new Date(Date.now() - 60_000).toISOString();
  await get(`/history?tags=furnace/temperature&start=${from}&format=csv`);
  await get("/audit/export?format=csv&who=olga");
  await ada.post("/system/diagnostics", {});
  await run([
    "export",
    "--tags",
    "furnace/*",
    "--from",
    from,
    "--to",
    new Date().toISOString(),
    "--out",
    join(plant.folder, "h.csv"),
  ]);
  await run(["backup", join(plant.folder, "b.tar")]);
  const pem = join(plant.folder, "device.pem");
  const { ownCertificates } = await import("../../gateway/auth/own-certificates.ts");
  const { createSeals } = await import("../../gateway/auth/seals.ts");
  const { silentLog } = await import("../../gateway/core/log.ts");
  const seals = createSeals(new Uint8Array(32).fill(7));
  const pair = await ownCertificates(
    { folder: join(plant.folder, "ca"), seals, name: "x", names: ["x"], log: silentLog },
    Date.now(),
  );
  writeFileSync(pem, pair.leaf.cert.toString().split(/(?<=-----END CERTIFICATE-----\n)/)[0] ?? "");
  await run(["trust", "--file", pem]);
  await run(["audit", "anchor", "--out", join(plant.folder, "anchor.json")]);
}

async function configuration(): Promise<void> {
  const changed = parse(readFileSync(plant.configuration, "utf8")) as Configuration;
  changed["security"] = { ...(changed["security"] as object), idle: "2h" };
  const tag = changed.equipment["furnace"]?.tags["setpoint"];
  if (tag) tag["writable"] = { ...(tag["writable"] as object), limits: [20, 1200] };
  const wanted = join(plant.folder, "wanted.yaml");
  writeConfiguration(wanted, changed);
  await run(["config", "save", wanted, "--why", "hotter"]);
  await plant.stop();
  await plant.start();
  ada = await plant.enter("ada");
}

/** What has to be there: action, class, who, from where, and what of it. */
const expected: readonly (readonly [string, Partial<AuditRow>])[] = [
  [
    "log-in",
    {
      action: "sign-in.ok",
      class: "sign-in",
      who: "olga",
      address: local,
      detail: { secondFactor: "none", userAgent: "node" },
    },
  ],
  [
    "failed log-in",
    {
      action: "sign-in.failed",
      class: "sign-in",
      who: "olga",
      address: local,
      result: "refused",
      detail: { why: "wrong password" },
    },
  ],
  ["log-out", { action: "sign-in.ended", class: "sign-in", who: "olga", address: local }],
  [
    "refusal of a page",
    {
      action: "access.denied",
      class: "sign-in",
      who: "olga",
      address: local,
      target: "GET /api/v1/users",
      detail: { permission: "people:manage", role: "operator" },
    },
  ],
  [
    "refusal of a command",
    {
      action: "command.refused",
      class: "intervention",
      who: "olga",
      address: local,
      equipment: "furnace",
      target: "furnace/setpoint",
      detail: { wanted: 860, causes: expect.arrayContaining(["no-lease"]) },
    },
  ],
  [
    "command, before it is sent",
    {
      action: "command.intent",
      class: "intervention",
      who: "olga",
      address: local,
      equipment: "furnace",
      target: "furnace/setpoint",
      detail: { old: 850, wanted: 860 },
    },
  ],
  [
    "command, its end",
    { action: "command.result", who: "olga", result: "VERIFIED", detail: { old: 850, wanted: 860, readBack: 860 } },
  ],
  [
    "stop request",
    {
      action: "stop.requested",
      class: "intervention",
      who: "olga",
      address: local,
      equipment: "furnace",
      detail: { reason: "test" },
    },
  ],
  ["stop request, its end", { action: "stop.result", who: "olga", result: "VERIFIED" }],
  ["lease taken", { action: "lease.taken", class: "intervention", who: "olga", address: local, equipment: "furnace" }],
  ["lease given back", { action: "lease.released", who: "olga", equipment: "furnace" }],
  [
    "person added",
    {
      action: "people.added",
      class: "administration",
      who: "ada",
      address: local,
      target: "nina",
      detail: { role: "viewer" },
    },
  ],
  [
    "right changed",
    {
      action: "people.changed",
      who: "ada",
      address: local,
      target: "nina",
      detail: { role: { from: "viewer", to: "operator" }, equipment: { from: ["*"], to: ["furnace"] } },
    },
  ],
  ["password changed", { action: "people.changed", who: "ada", target: "nina", detail: { password: "changed" } }],
  [
    "person disabled on the box",
    {
      action: "people.changed",
      who: "system:command-line",
      address: "local",
      target: "nina",
      detail: { disabled: { from: false, to: true } },
    },
  ],
  [
    "organisation added",
    {
      action: "organisation.added",
      class: "administration",
      who: "ada",
      address: local,
      target: "acme",
      detail: { name: "Acme", kind: "guest" },
    },
  ],
  [
    "organisation renamed and suspended",
    {
      action: "organisation.changed",
      who: "ada",
      target: "acme",
      detail: { name: { from: "Acme", to: "Acme S.p.A." }, disabled: { from: false, to: true } },
    },
  ],
  [
    "member invited",
    {
      action: "member.invited",
      class: "administration",
      who: "ada",
      address: local,
      target: "mario@acme",
      detail: { organisation: "acme", leads: false },
    },
  ],
  ["member made to lead", { action: "member.changed", who: "ada", detail: { leads: { from: false, to: true } } }],
  ["member joined", { action: "member.joined", who: "mario@acme", address: local, target: "mario@acme" }],
  ["member removed", { action: "member.removed", who: "ada", target: "mario@acme", detail: { organisation: "acme" } }],
  [
    "right given",
    {
      action: "grant.added",
      class: "administration",
      who: "ada",
      address: local,
      detail: { role: "viewer", equipment: ["furnace"], highestClass: "C3" },
    },
  ],
  ["right bounded", { action: "grant.changed", who: "ada", detail: { highestClass: { from: "C3", to: "C1" } } }],
  ["right taken away", { action: "grant.removed", who: "ada", detail: { role: "viewer", highestClass: "C1" } }],
  ["file for support", { action: "diagnostics.made", class: "administration", who: "ada", address: local }],
  [
    "booking made",
    { action: "booking.created", class: "administration", who: "sara", address: local, equipment: "furnace" },
  ],
  ["booking changed", { action: "booking.changed", who: "sara", detail: { title: "other", before: { title: "try" } } }],
  ["booking cancelled", { action: "booking.cancelled", who: "sara", equipment: "furnace" }],
  ["PIN set", { action: "people.changed", who: "system:command-line", target: "anna", detail: { pin: "changed" } }],
  ["kiosk added", { action: "kiosk.added", class: "administration", who: "system:command-line", equipment: "furnace" }],
  [
    "kiosk enrolled",
    { action: "kiosk.enrolled", class: "administration", who: "kiosk:Hall 2", address: local, equipment: "furnace" },
  ],
  ["wrong PIN", { action: "kiosk.pin-failed", class: "sign-in", who: "anna", address: local, equipment: "furnace" }],
  [
    "locked out",
    {
      action: "site.locked-out",
      class: "intervention",
      who: "anna",
      address: local,
      equipment: "furnace",
      detail: { reason: "seal" },
    },
  ],
  ["lock lifted", { action: "site.lock-out-lifted", who: "anna", equipment: "furnace" }],
  ["island on", { action: "site.island-on", class: "intervention", who: "bruno", equipment: "furnace" }],
  ["island off", { action: "site.island-off", who: "bruno", equipment: "furnace" }],
  ["second factor set up", { action: "factor.enrolled", who: "sara", address: local, target: "sara" }],
  [
    "second factor taken away",
    { action: "factor.reset", class: "administration", who: "system:command-line", target: "sara" },
  ],
  [
    "certificate trusted",
    {
      action: "certificate.trusted",
      class: "administration",
      who: "system:command-line",
      address: "local",
      target: expect.stringMatching(/.{20}/),
    },
  ],
  [
    "history in a browser as CSV",
    {
      action: "history.exported",
      class: "administration",
      who: "ada",
      address: local,
      detail: { patterns: ["furnace/temperature"], from: expect.any(String), to: expect.any(String) },
    },
  ],
  [
    "history on the box",
    { action: "history.exported", who: "system:command-line", detail: { patterns: ["furnace/*"] } },
  ],
  [
    "audit exported",
    {
      action: "audit.exported",
      class: "administration",
      who: "ada",
      address: local,
      detail: { format: "csv", who: "olga" },
    },
  ],
  ["backup", { action: "backup.made", class: "administration", who: "system:command-line", address: "local" }],
  ["anchor", { action: "audit.anchored", who: "system:command-line", address: "local", detail: { reason: "asked" } }],
  [
    "configuration saved on the box",
    {
      action: "config.saved",
      class: "administration",
      who: "system:command-line",
      address: "local",
      result: "done",
      detail: { account: expect.any(String), reason: "hotter" },
    },
  ],
  [
    "configuration changed, whatever of it",
    {
      action: "config.changed",
      class: "administration",
      who: "system:gateway",
      detail: { changes: { "security.signIn.idleMs": { from: 28_800_000, to: 7_200_000 } } },
    },
  ],
  [
    "configuration that widens control",
    {
      action: "config.waits",
      class: "administration",
      equipment: "furnace",
      detail: { changes: { "furnace/setpoint: Limits": { from: "20 … 1100", to: "20 … 1200" } } },
    },
  ],
  ["start", { action: "gateway.started", class: "system", who: "system:gateway" }],
  ["end", { action: "audit.anchored", class: "system", who: "system:audit", detail: { reason: "shutdown" } }],
];

describe("on the record is", () => {
  it.each(expected)("%s", (_what, { action, ...row }) => {
    const found = rows.filter((each) => each.action === action);
    expect(found).toContainEqual(expect.objectContaining({ action, ...withDetail(row) }));
  });

  it("a failed log-in without what was typed as the password", () => {
    expect(JSON.stringify(rows)).not.toContain("not it");
    expect(JSON.stringify(rows)).not.toContain(password);
  });

  it("a restore, in what was restored", async () => {
    await plant.stop();
    plant.data = join(plant.folder, "other");
    await run(["restore", join(plant.folder, "b.tar")]);
    await plant.start();
    const person = await plant.enter("ada");
    const { items } = (await person.get<{ items: AuditRow[] }>("/audit?action=backup.restored")).body;
    expect(items).toMatchObject([
      { who: "system:command-line", address: "local", detail: { version: expect.any(String) } },
    ]);
    expect((await plant.plancia(["audit", "verify"])).stdout).toContain("the chain holds");
  });
});

function withDetail({ detail, ...row }: Partial<AuditRow>): object {
  return detail === undefined ? row : { ...row, detail: containing(detail) };
}

/** Members that are not named do not matter, however deep. */
function containing(detail: Readonly<Record<string, unknown>>): object {
  const members = Object.entries(detail).map(([name, value]) => {
    const plain = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    return [name, plain ? containing(value as Record<string, unknown>) : value] as const;
  });
  return expect.objectContaining(Object.fromEntries(members));
}
