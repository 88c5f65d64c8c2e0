import { afterEach, describe, expect, it } from "vitest";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** Whose word about the caller's address is believed: nobody's, or a configured proxy's. This test is the proxy. */
let plant: Plant;
afterEach(() => plant?.close());

async function start(server: Readonly<Record<string, unknown>>): Promise<void> {
  plant = await startPlant({
    people: { ada: "administrator" },
    change(configuration) {
      configuration["server"] = { listen: "127.0.0.1:0", ...server };
    },
  });
}

async function signIn(name: string, word: string, headers: Record<string, string>): Promise<number> {
  const answer = await fetch(`${plant.url}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ username: name, password: word }),
  });
  await answer.body?.cancel();
  return answer.status;
}

/** What the audit says of where the wrong log-ins of this name came from. */
async function addressesOf(who: string): Promise<readonly string[]> {
  const ada = await plant.enter("ada");
  const { body } = await ada.get<{ items: { who: string; address: string }[] }>("/audit?action=sign-in.failed");
  return body.items.filter((row) => row.who === who).map(({ address }) => address);
}

const spoofs = {
  "x-forwarded-for": "198.51.100.7",
  "x-real-ip": "198.51.100.7",
  "x-client-ip": "198.51.100.7",
  "true-client-ip": "198.51.100.7",
  "cf-connecting-ip": "198.51.100.7",
  forwarded: "for=198.51.100.7;host=plancia.example;proto=https",
  "x-forwarded-host": "evil.example",
  "x-forwarded-proto": "https",
};

describe("without a trusted proxy", () => {
  it("no header says where somebody is, nor gets round the back-off", async () => {
    await start({});
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) {
      const headers = { ...spoofs, "x-forwarded-for": `198.51.100.${n}`, forwarded: `for=198.51.100.${n}` };
      statuses.push(await signIn("stranger", "wrong", headers));
    }
    expect(statuses.slice(0, 3)).toEqual([401, 401, 401]);
    expect(statuses).toContain(429);
    expect(new Set(await addressesOf("stranger"))).toEqual(new Set(["127.0.0.1"]));
  });

  it("no header makes a foreign page one of ours", async () => {
    await start({});
    const answer = await fetch(`${plant.url}/api/v1/auth/refresh`, {
      method: "POST",
      headers: { ...spoofs, origin: "https://evil.example" },
    });
    expect(answer.status).toBe(403);
  });
});

describe("behind a trusted proxy", () => {
  it("its word counts, and only the last; each caller has a back-off of its own", async () => {
    await start({ trustedProxies: ["127.0.0.1"] });
    const through = (address: string) => ({ ...spoofs, "x-forwarded-for": `10.9.9.9, 127.0.0.1, ${address}` });
    for (let n = 0; n < 5; n++) await signIn("stranger", "wrong", through("203.0.113.5"));
    expect(await signIn("stranger", "wrong", through("203.0.113.5"))).toBe(429);
    expect(await signIn("stranger", "wrong", through("203.0.113.6"))).toBe(401);
    expect(await signIn("ada", password, through("203.0.113.6"))).toBe(200);
    expect(new Set(await addressesOf("stranger"))).toEqual(new Set(["203.0.113.5", "203.0.113.6"]));
  });

  it("a header that is not the configured one is a stranger's", async () => {
    await start({ trustedProxies: ["127.0.0.1"], proxyHeader: "forwarded" });
    await signIn("stranger", "wrong", { "x-forwarded-for": "198.51.100.7" });
    await signIn("stranger", "wrong", { forwarded: 'for="[2001:db8::7]:4711";proto=https' });
    expect((await addressesOf("stranger")).toSorted()).toEqual(["127.0.0.1", "2001:db8::7"]);
  });

  it("one that is somewhere else is nobody", async () => {
    await start({ trustedProxies: ["10.0.0.2", "172.30.77.0/24"] });
    await signIn("stranger", "wrong", spoofs);
    expect(await addressesOf("stranger")).toEqual(["127.0.0.1"]);
  });
});
