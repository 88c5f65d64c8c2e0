import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditRow } from "../../gateway/api/wire/administration.ts";
import type { Me, PasskeyList, PasskeyOptions, RecoveryCodes, SignedIn } from "../../gateway/api/wire/auth.ts";
import type { Problem } from "../../gateway/api/wire/scalars.ts";
import type { SignInAlarm } from "../../gateway/api/wire/sign-in-alarms.ts";
import { Authenticator, type Misdeed, otherKey } from "../rig/authenticator.ts";
import { freePort } from "../rig/free-port.ts";
import { Person, request } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** Passkeys on a whole gateway, with an authenticator that shares no code with it. */
let plant: Plant;
let origin: string;
let key: Authenticator;
let olga: Person;
let codes: readonly string[] = [];

beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  plant = await startPlant({
    port,
    people: { ada: "administrator", olga: "operator", otto: "operator" },
    change(configuration) {
      configuration["server"] = { listen: "127.0.0.1:0", publicUrl: origin };
      configuration["security"] = {};
    },
  });
  key = new Authenticator(origin, "localhost");
});
afterAll(() => plant?.close());

async function enrol(person: Person, authenticator: Authenticator, name: string, misdeed: Misdeed = {}) {
  const begun = await person.post<PasskeyOptions>("/auth/passkeys/begin", { password });
  expect(begun.status, JSON.stringify(begun.body)).toBe(200);
  const answer = authenticator.create(begun.body.challenge, misdeed);
  return person.post<RecoveryCodes & Problem>("/auth/passkeys", { name, answer });
}

async function question(person: Person, use: "step-up" | "unlock"): Promise<string> {
  const asked = await person.post<PasskeyOptions>("/auth/passkeys/question", { for: use });
  expect(asked.status, JSON.stringify(asked.body)).toBe(200);
  return asked.body.challenge;
}

const stepUp = (person: Person, passkey: object) => person.post<Me & Problem>("/auth/step-up", { passkey });
const logIn = (more: object) =>
  request<SignedIn & Problem>(plant.url, "POST", "/auth/login", { body: { username: "olga", password, ...more } });

async function signInQuestion(): Promise<string> {
  const asked = await request<PasskeyOptions & Problem>(plant.url, "POST", "/auth/login/passkey", {
    body: { username: "olga", password },
  });
  expect(asked.status, JSON.stringify(asked.body)).toBe(200);
  return asked.body.challenge;
}

describe("a passkey", () => {
  it("is not taken without user verification, nor from another page, name or question", async () => {
    olga = await plant.enter("olga");
    const wrong = await olga.post<Problem>("/auth/passkeys/begin", { password: "wrong" });
    expect(wrong.body.code).toBe("auth/failed");
    for (const misdeed of [
      { unverified: true },
      { origin: "http://evil.example" },
      { rpId: "evil.example" },
      { challenge: "AAAA" },
      { type: "webauthn.get" },
    ])
      expect((await enrol(olga, key, "Key", misdeed)).body.code, JSON.stringify(misdeed)).toBe("auth/passkey-wrong");
    expect((await olga.get<PasskeyList>("/auth/passkeys")).body).toEqual({ items: [] });
  });

  it("is set up with the password, gives recovery codes where it is the first factor, and lets write", async () => {
    const made = await enrol(olga, key, "Blue key");
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    codes = made.body.recoveryCodes;
    expect(codes).toHaveLength(10);
    expect((await olga.get<Me>("/auth/me")).body).toMatchObject({ secondFactor: true, factor: { enrolled: true } });
    const list = (await olga.get<PasskeyList>("/auth/passkeys")).body.items;
    expect(list).toMatchObject([{ name: "Blue key" }]);
    expect(list[0]).not.toHaveProperty("usedAt");
  });

  it("is the second factor of a sign-in, once for each question, and never without the password", async () => {
    const refused = await request<Problem>(plant.url, "POST", "/auth/login/passkey", {
      body: { username: "otto", password: "wrong" },
    });
    expect(refused.body.code).toBe("auth/failed");
    expect((await logIn({})).body.code).toBe("auth/otp-required");
    const passkey = key.get(await signInQuestion());
    const entered = await logIn({ passkey });
    expect(entered.status, JSON.stringify(entered.body)).toBe(200);
    expect(entered.body.user.secondFactor).toBe(true);
    expect((await logIn({ passkey })).body.code).toBe("auth/otp-required");
    const ended = await logIn({ otp: codes[0] });
    expect(ended.status).toBe(200);
    olga = new Person(plant.url, "olga", entered.body);
    expect((await olga.get<PasskeyList>("/auth/passkeys")).body.items[0]).toHaveProperty("usedAt");
  });

  it.each<[string, Misdeed]>([
    ["another page's origin", { origin: "http://evil.example" }],
    ["another rpId", { rpId: "evil.example" }],
    ["another question", { challenge: "AAAAAAAAAAAAAAAA" }],
    ["no user verification", { unverified: true }],
    ["another key", { signedBy: otherKey() }],
    ["the wrong ceremony", { type: "webauthn.create" }],
    ["its count back at one", { counter: 1 }],
  ])("is refused with %s, and holds again afterwards", async (_what, misdeed) => {
    const before = key.counter;
    const refused = await stepUp(olga, key.get(await question(olga, "step-up"), misdeed));
    expect([refused.status, refused.body.code]).toEqual([422, "auth/passkey-wrong"]);
    key.counter = before + 1;
    const stepped = await stepUp(olga, key.get(await question(olga, "step-up")));
    expect(stepped.status, JSON.stringify(stepped.body)).toBe(200);
  });

  it("whose count went back is an alarm on the screens of administrators and its owner, until one acknowledges it", async () => {
    const before = key.counter;
    expect((await stepUp(olga, key.get(await question(olga, "step-up"), { counter: 1 }))).status).toBe(422);
    key.counter = before;
    const ada = await plant.enter("ada");
    const otto = await plant.enter("otto");
    const list = async (person: Person) => (await person.get<{ items: SignInAlarm[] }>("/sign-in-alarms")).body.items;
    const [alarm, ...others] = await list(ada);
    expect(alarm).toMatchObject({ kind: "passkey-copied", user: "olga", address: "127.0.0.1" });
    expect([others, await list(olga), await list(otto)]).toEqual([[], [alarm], []]);
    const acknowledge = (person: Person) => person.post<Problem>(`/sign-in-alarms/${alarm?.id}/acknowledge`, {});
    expect((await acknowledge(olga)).status).toBe(403);
    expect((await acknowledge(ada)).body.code).toBe("auth/factor-required");
    expect(await list(ada)).toEqual([alarm]);
  });

  it("does not answer a question of another use, another sign-in or another person, nor twice", async () => {
    const otto = await plant.enter("otto");
    const theirs = new Authenticator(origin, "localhost");
    expect((await enrol(otto, theirs, "Otto's")).status).toBe(200);
    const asked = await question(olga, "step-up");
    expect((await stepUp(olga, theirs.get(asked))).body.code).toBe("auth/passkey-wrong");
    expect((await stepUp(olga, key.get(await question(olga, "unlock")))).body.code).toBe("auth/passkey-wrong");
    expect((await stepUp(otto, key.get(await question(otto, "step-up")))).body.code).toBe("auth/passkey-wrong");
    const passkey = key.get(await question(olga, "step-up"));
    expect((await stepUp(olga, passkey)).status).toBe(200);
    expect((await stepUp(olga, passkey)).body.code).toBe("auth/passkey-wrong");
    const known = await enrol(otto, key, "Stolen id");
    expect(known.body.code).toBe("request/conflict");
  });

  it("unlocks the screen", async () => {
    expect((await olga.post("/auth/lock", {})).status).toBe(204);
    const refused = await olga.post<Problem>("/auth/unlock", {
      passkey: key.get(await question(olga, "unlock"), { unverified: true }),
    });
    expect(refused.body.code).toBe("auth/passkey-wrong");
    const open = await olga.post<Me>("/auth/unlock", { passkey: key.get(await question(olga, "unlock")) });
    expect([open.status, open.body.locked]).toEqual([200, false]);
  });

  it("is removed by its owner unless it is the only factor, and an administrator's reset takes all", async () => {
    const second = new Authenticator(origin, "localhost");
    const id = key.id.toString("base64url");
    const remove = (which: string) =>
      request<Problem>(plant.url, "DELETE", `/auth/passkeys/${which}`, { token: olga.accessToken });
    expect((await remove(id)).body.code).toBe("auth/step-up-required");
    expect((await stepUp(olga, key.get(await question(olga, "step-up")))).status).toBe(200);
    expect((await remove(id)).body.code).toBe("request/conflict");
    const added = await enrol(olga, second, "Phone");
    expect([added.status, added.body.recoveryCodes]).toEqual([200, []]);
    expect((await remove(id)).status).toBe(204);
    expect((await stepUp(olga, key.get(await question(olga, "step-up")))).body.code).toBe("auth/passkey-wrong");

    const ada = await plant.enter("ada");
    expect((await enrol(ada, new Authenticator(origin, "localhost"), "Ada's")).status).toBe(200);
    const { id: userId } = (await olga.get<Me>("/auth/me")).body;
    const reset = await request(plant.url, "DELETE", `/users/${userId}/factor`, { token: ada.accessToken });
    expect(reset.status).toBe(204);
    const entered = await logIn({});
    expect([entered.status, entered.body.user.factor.enrolled]).toEqual([200, false]);
    const audit = (await ada.get<{ items: AuditRow[] }>("/audit?limit=200")).body.items.map(({ action }) => action);
    for (const action of [
      "passkey.added",
      "passkey.removed",
      "passkey.refused",
      "sign-in.passkey-copied",
      "factor.reset",
    ])
      expect(audit).toContain(action);
  });
});
