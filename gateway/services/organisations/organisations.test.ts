import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import type { UserRecord } from "../../core/records-port.ts";
import { invitationHoldsMs } from "../sign-in-limits.ts";
import { here, PeopleWorld, password } from "../testing/people-world.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });
const guest: Partial<UserRecord> = { role: "guest", equipment: [] };

let world: PeopleWorld;
let ada: Caller;
let lea: Caller;
let zoe: Caller;

/** Two tenants, each with one who leads it; Ada lets people in. */
beforeEach(async () => {
  world = await PeopleWorld.open({ secondFactor: "off" });
  ada = (await world.signIn("ada")).caller;
  for (const id of ["acme", "zeta"])
    await desks().organisations.add(ada, { id, name: id.toUpperCase(), kind: "guest" });
  await world.put("lea", { ...guest, organisation: "acme", leads: true });
  await world.put("zoe", { ...guest, organisation: "zeta", leads: true });
  await world.known.refresh();
  lea = (await world.signIn("lea")).caller;
  zoe = (await world.signIn("zoe")).caller;
  world.notes.length = 0;
});
afterEach(() => world.close());

const desks = () => world.desks;
const invite = (caller: Caller, organisation: string, more: object = {}) =>
  desks().members.invite(caller, organisation, { name: "mario", language: "it", leads: false, ...more });
const join = (secret: string) => desks().joining.join({ secret, password }, here);

describe("an organisation", () => {
  it.each([
    ["an id that is none", { id: "Acme Ltd" }, "request/invalid"],
    ["an id with a dot", { id: "a.b" }, "request/invalid"],
    ["no name", { name: " " }, "request/invalid"],
    ["a name with what cannot be seen", { name: "Ac\u200bme" }, "request/invalid"],
    ["the id of another", { id: "acme" }, "organisation/exists"],
  ])("with %s is not made", async (_what, wrong, why) => {
    const input = { id: "omega", name: "Omega", kind: "guest", ...wrong } as const;
    await expect(desks().organisations.add(ada, input)).rejects.toThrow(code(why));
    expect(world.actions()).not.toContain("organisation.added");
  });

  it("is renamed and suspended with what it was on the record, and counted", async () => {
    await desks().organisations.change(ada, "acme", { name: "Acme S.p.A." });
    await desks().organisations.change(ada, "acme", { disabled: true });
    expect(world.notes.map(({ action, target, detail }) => [action, target, detail])).toEqual([
      ["organisation.changed", "acme", { name: { from: "ACME", to: "Acme S.p.A." } }],
      ["organisation.changed", "acme", { disabled: { from: false, to: true } }],
    ]);
    const all = await desks().organisations.list(ada);
    expect(all.map(({ id, members }) => [id, members])).toEqual([
      ["acme", 1],
      ["zeta", 1],
      ["host", 0],
    ]);
  });

  it("that is suspended ends the sign-ins of its people and nobody else's, and lets them in again afterwards", async () => {
    await desks().organisations.change(ada, "acme", { disabled: true });
    expect(world.known.today(lea)).toBeUndefined();
    expect(world.known.today(zoe)).toBeDefined();
    // The same answer as to a wrong password: nobody finds out by it who is suspended.
    await expect(world.signIn("lea")).rejects.toThrow(code("auth/failed"));
    expect(world.notes.at(-1)?.detail).toEqual({ why: "suspended organisation" });
    await desks().organisations.change(ada, "acme", { disabled: false });
    expect((await world.signIn("lea")).caller.leads).toBe(true);
  });

  it("suspended by one administrator stays so when another renames it at that moment", async () => {
    await Promise.all([
      desks().organisations.change(ada, "acme", { disabled: true }),
      desks().organisations.change(ada, "acme", { name: "Acme S.p.A." }),
    ]);
    expect(await world.bench.records.access.findOrganisation("acme")).toMatchObject({
      ...{ name: "Acme S.p.A.", disabled: true },
    });
    expect(world.known.today(lea)).toBeUndefined();
  });

  it("of the last administrator is not suspended", async () => {
    await world.bench.records.people.updateUser("ada", { organisation: "host" });
    const wish = desks().organisations.change(ada, "host", { disabled: true });
    await expect(wish).rejects.toThrow(code("request/conflict"));
    await world.put("eve", { role: "administrator", equipment: ["*"], organisation: "host" });
    await expect(desks().organisations.change(ada, "host", { disabled: true })).rejects.toThrow(
      code("request/conflict"),
    );
    await desks().organisations.add(ada, { id: "other", name: "Other", kind: "host" });
    await desks().people.change(ada, "eve", { organisation: "other" });
    await desks().organisations.change(ada, "host", { disabled: true });
    // She is left alone now, and stays.
    const { people } = world.bench.records;
    await expect(people.updateUser("eve", { disabled: true })).rejects.toThrow(code("request/conflict"));
  });

  it.each(["list", "add", "change"] as const)("is not for who leads one: %s", async (what) => {
    const asked = {
      list: () => desks().organisations.list(lea),
      add: () => desks().organisations.add(lea, { id: "omega", name: "Omega", kind: "guest" }),
      change: () => desks().organisations.change(lea, "acme", { name: "Mine" }),
    }[what];
    await expect(asked()).rejects.toThrow(code("auth/forbidden"));
  });
});

describe("a member", () => {
  it("is invited by who leads, joins once by the link, and is a guest of that organisation alone", async () => {
    const { secret, user } = await invite(lea, "acme");
    expect(user).toMatchObject({
      name: "mario@acme",
      role: "guest",
      equipment: [],
      organisation: "acme",
      leads: false,
    });
    await expect(world.signIn("mario@acme")).rejects.toThrow(code("auth/failed"));
    const { caller } = await join(secret);
    expect(caller).toMatchObject({ name: "mario@acme", role: "guest", organisation: "acme" });
    await expect(join(secret)).rejects.toThrow(code("auth/link-used"));
    expect((await world.signIn("mario@acme")).user.id).toBe(user.id);
    const names = (await desks().members.list(lea, "acme")).members.map((each) => each.user.name);
    expect(names).toEqual(["lea", "mario@acme"]);
    const told = world.notes.filter(({ action }) => action.startsWith("member."));
    expect(told.map(({ action, who, target }) => [action, who, target])).toEqual([
      ["member.invited", "lea", "mario@acme"],
      ["member.joined", "mario@acme", "mario@acme"],
    ]);
    expect(JSON.stringify(world.notes)).not.toContain(secret);
  });

  it("keeps its link where the password is none, and has none after its time or beside a newer one", async () => {
    const { secret, user } = await invite(lea, "acme");
    await expect(desks().joining.join({ secret, password: "short" }, here)).rejects.toThrow(
      code("user/password-too-short"),
    );
    const { secret: newer } = await desks().members.renew(lea, "acme", user.id);
    await expect(join(secret)).rejects.toThrow(code("auth/link-used"));
    const { access } = world.bench.records;
    const [kept] = await access.listInvitations();
    expect(kept?.expiresAt).toBe(world.time.wallMs() + invitationHoldsMs);
    if (kept) await access.putInvitation({ ...kept, expiresAt: world.time.wallMs() });
    await expect(join(newer)).rejects.toThrow(code("auth/link-used"));
  });

  it("has wrong links counted as wrong passwords are, one made up like one used up, and a good one as none (S9)", async () => {
    const { secret } = await invite(lea, "acme");
    const short = () => desks().joining.join({ secret, password: "short" }, here);
    for (let n = 0; n < 5; n++) await expect(short()).rejects.toThrow(code("user/password-too-short"));
    for (const wrong of ["", "made-up-link", "__proto__"])
      await expect(join(wrong)).rejects.toThrow(code("auth/link-used"));
    await expect(join("made-up-link")).rejects.toThrow(code("auth/slow-down"));
    await expect(join(secret)).rejects.toThrow(code("auth/slow-down"));
    // With the names' own tries, nobody's password is held up by it.
    expect((await world.signIn("lea")).user.name).toBe("lea");
    const failed = world.notes.filter(({ action }) => action === "sign-in.failed");
    expect(failed.map(({ who, address, result }) => [who, address, result])).toEqual(
      Array(3).fill(["system:one-time-link", here.address, "refused"]),
    );
    expect(JSON.stringify(world.notes)).not.toContain("made-up-link");
  });

  it("whose organisation is suspended meanwhile, or who was removed, does not come in", async () => {
    const first = await invite(lea, "acme");
    await desks().organisations.change(ada, "acme", { disabled: true });
    await expect(join(first.secret)).rejects.toThrow(code("auth/link-used"));
    await desks().organisations.change(ada, "acme", { disabled: false });
    await desks().members.remove(ada, "acme", first.user.id);
    await expect(join(first.secret)).rejects.toThrow(code("auth/link-used"));
    await expect(desks().members.renew(ada, "acme", first.user.id)).rejects.toThrow(code("request/conflict"));
  });

  it.each([
    ["becomes staff", { role: "operator", equipment: ["*"] }],
    ["goes to another organisation", { organisation: "zeta" }],
  ] as const)("that %s is not come in as by the link that whoever invited it may have kept", async (_what, change) => {
    const { secret, user } = await invite(lea, "acme");
    await desks().people.change(ada, user.id, { language: "en" });
    expect(await world.bench.records.access.listInvitations()).toHaveLength(1);
    await desks().people.change(ada, user.id, change);
    await expect(join(secret)).rejects.toThrow(code("auth/link-used"));
  });

  it.each(["system: gateway", "System:command-line", "mario\uff20zeta"])("is not called %s", async (name) => {
    await expect(invite(lea, "acme", { name })).rejects.toThrow(code("request/invalid"));
  });

  it("that is removed is signed out at once, and stays on the record", async () => {
    const { secret, user } = await invite(lea, "acme");
    const { caller } = await join(secret);
    await desks().members.remove(lea, "acme", user.id);
    expect(world.known.today(caller)).toBeUndefined();
    await expect(world.signIn("mario@acme")).rejects.toThrow(code("auth/failed"));
    expect((await desks().members.list(lea, "acme")).members.at(-1)?.user).toMatchObject({ disabled: true });
  });

  it("of the same name may be in two organisations, and neither finds out by trying", async () => {
    await invite(zoe, "zeta");
    expect((await invite(lea, "acme")).user.name).toBe("mario@acme");
    await expect(invite(lea, "acme")).rejects.toThrow(code("user/exists"));
    await expect(invite(lea, "acme", { name: "mario@zeta" })).rejects.toThrow(code("request/invalid"));
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ["makes somebody lead", () => desks().members.lead(lea, "acme", "lea", true), "auth/forbidden"],
    ["invites one who leads", () => invite(lea, "acme", { leads: true }), "auth/forbidden"],
    ["removes himself", () => desks().members.remove(lea, "acme", "lea"), "request/conflict"],
    ["takes a password from one who has it", () => desks().members.renew(lea, "acme", "lea"), "request/conflict"],
  ])("who leads never %s", async (_what, ask, why) => {
    await expect(ask()).rejects.toThrow(code(why));
    expect(world.notes).toEqual([]);
  });

  it("is not added to the house or to what is suspended by invitation", async () => {
    await expect(invite(ada, "host")).rejects.toThrow(code("request/conflict"));
    await desks().organisations.change(ada, "zeta", { disabled: true });
    await expect(invite(ada, "zeta")).rejects.toThrow(code("request/conflict"));
  });

  it("made to lead invites from that moment, and no more when it leads no more", async () => {
    const { secret, user } = await invite(lea, "acme");
    const { caller } = await join(secret);
    const today = () => world.known.today(caller) ?? caller;
    await expect(invite(today(), "acme", { name: "rosa" })).rejects.toThrow(code("auth/forbidden"));
    await desks().members.lead(ada, "acme", user.id, true);
    expect((await invite(today(), "acme", { name: "rosa" })).user.name).toBe("rosa@acme");
    await desks().members.lead(ada, "acme", user.id, false);
    await expect(invite(today(), "acme", { name: "ugo" })).rejects.toThrow(code("auth/forbidden"));
  });

  it("S2: to who leads another organisation it is not there, by the same answer as nothing", async () => {
    const { user } = await invite(lea, "acme");
    const { members } = desks();
    const probes = (organisation: string, id: string) => [
      () => members.list(zoe, organisation),
      () => members.invite(zoe, organisation, { name: "spy", language: "it", leads: false }),
      () => members.renew(zoe, organisation, id),
      () => members.remove(zoe, organisation, id),
      () => members.lead(zoe, organisation, id, true),
    ];
    const answers = async (organisation: string, id: string) => {
      const settled = await Promise.allSettled(probes(organisation, id).map((ask) => ask()));
      return settled.map((each) => (each.status === "rejected" ? [each.reason.code, each.reason.message] : "given"));
    };
    const [real, none] = [await answers("acme", user.id), await answers("nowhere", "nobody")];
    expect(real).toEqual(none);
    expect(new Set(real.map(([why]) => why))).toEqual(new Set(["request/not-found"]));
    // Nor by its own organisation's name.
    await expect(members.remove(zoe, "zeta", user.id)).rejects.toThrow(code("request/not-found"));
  });
});

describe("what comes with an account", () => {
  it("is in force within its times alone, and not while the organisation is suspended", async () => {
    const { access } = world.bench.records;
    const now = world.time.wallMs();
    await desks().organisations.add(ada, { id: "works", name: "Works", kind: "host" });
    await desks().people.change(ada, "olga", { organisation: "works" });
    expect(world.known.ownInForce("olga")).toBe(true);
    await access.updateGrant("olga", { notAfter: now });
    await world.known.refresh();
    expect(world.known.ownInForce("olga")).toBe(false);
    await access.updateGrant("olga", { notAfter: undefined });
    await world.known.refresh();
    expect(world.known.ownInForce("olga")).toBe(true);
    await desks().organisations.change(ada, "works", { disabled: true });
    expect([world.known.ownInForce("olga"), world.known.ownInForce("nobody")]).toEqual([false, false]);
  });
});

describe("where people belong", () => {
  const person = { name: "nina", equipment: ["press"], password, language: "it" } as const;
  const people = () => desks().people;

  it.each([
    ["staff without one, to the house", "operator", undefined, "host"],
    ["a guest with one", "guest", "acme", "acme"],
    ["a guest without one, to none", "guest", undefined, undefined],
  ] as const)("%s", async (_what, role, organisation, belongs) => {
    const user = await people().add(ada, { ...person, role, organisation });
    expect(user.organisation).toBe(belongs);
  });

  it.each([
    ["staff to one of guests", "operator", "acme"],
    ["a guest to the house", "guest", "host"],
    ["anybody to none that is there", "guest", "nowhere"],
  ] as const)("%s: refused", async (_what, role, organisation) => {
    await expect(people().add(ada, { ...person, role, organisation })).rejects.toThrow(code("request/invalid"));
  });

  it("a guest that becomes staff leaves its organisation and what it led, on the record", async () => {
    const user = await people().change(ada, "lea", { role: "operator" });
    expect(user).toMatchObject({ role: "operator", organisation: "host" });
    expect(user.leads).toBeUndefined();
    expect(world.notes[0]?.detail).toMatchObject({ organisation: { from: "acme", to: "host" } });
    expect(world.known.today(lea)?.leads).toBeUndefined();
  });
});
