import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignedIn } from "../../gateway/api/wire/auth.ts";
import type { Command } from "../../gateway/api/wire/command.ts";
import { demoAlone } from "../rig/demo-ports.ts";
import { NodeProcess } from "../rig/node-process.ts";
import { Operator } from "../rig/operator.ts";
import { Person, request } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";
import listeners from "./listeners.json" with { type: "json" };

/** The doors of a whole running gateway: which there are, who is kept out of them, and whom that does not touch. */
let plant: Plant;

beforeAll(async () => {
  plant = await startPlant({
    people: { ada: "administrator", olga: "operator", otto: "operator" },
    change(configuration) {
      configuration["security"] = { secondFactor: "off", idle: "1min", longest: "1min" };
    },
  });
});
afterAll(() => plant?.close());

const linux = process.platform === "linux";

/** `tcp 127.0.0.1:PORT` of every socket that a process listens on, as the kernel tells it. */
function listeningOf(pid: number): readonly string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        // Closed while we looked.
        return [];
      }
    }),
  );
  const rows = (table: string) => readFileSync(`/proc/${pid}/net/${table}`, "utf8").trim().split("\n").slice(1);
  const internet = ["tcp", "tcp6", "udp", "udp6"].flatMap((table) =>
    rows(table).flatMap((row) => {
      const [, local = "", , state, , , , , , inode = ""] = row.trim().split(/\s+/);
      // TCP_LISTEN; a UDP socket that is bound takes from anybody.
      if (!own.has(inode) || (table.startsWith("tcp") && state !== "0A")) return [];
      return `${table} ${addressOf(local)}`;
    }),
  );
  const unix = rows("unix").flatMap((row) => {
    const [, , , flags, , , inode = "", path] = row.trim().split(/\s+/);
    // __SO_ACCEPTCON.
    return own.has(inode) && flags === "00010000" ? [`unix ${path?.replace(/^.*\//, "") ?? ""}`] : [];
  });
  return [...internet, ...unix].toSorted();
}

function addressOf(hex: string): string {
  const [address = "", port = ""] = hex.split(":");
  const bytes = (address.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).toReversed();
  return `${bytes.length === 4 ? bytes.join(".") : address}:${Number.parseInt(port, 16)}`;
}

describe.runIf(linux)("what is listened on (S11)", () => {
  it("by the gateway is what the committed list says, and on this computer alone", () => {
    const found = listeningOf(plant.gateway.pid).map((each) => each.replace(`:${plant.port}`, ":{server.listen}"));
    expect(found).toEqual(Object.keys(listeners.gateway).toSorted());
  });

  it("by the demo is the gateway's, and what its simulated machines say of themselves", async (context) => {
    await using _alone = await demoAlone();
    const data = `${plant.folder}/demo-data`;
    const demo = new NodeProcess("gateway/main.ts", ["demo", "--data", data, "--listen", "127.0.0.1:0"]);
    try {
      const [, port = ""] = await demo.printed(/^ +http:\/\/127\.0\.0\.1:(\d+)$/m, 40_000).catch((error: Error) => {
        // Its ports are fixed: somebody else's demo may run.
        if (/in use|EADDRINUSE/.test(error.message)) context.skip("the demo's ports are in use");
        throw error;
      });
      const found = listeningOf(demo.pid).map((each) => each.replace(`:${port}`, ":{server.listen}"));
      expect(found).toEqual(Object.keys(listeners.gateway).toSorted());
      // Inner sides of the cables that a fault can cut have no fixed place.
      const simulators = childrenOf(demo.pid)
        .flatMap(listeningOf)
        .map((each) => each.replace(/:(3[2-9]|[4-6]\d)\d{3}$/, ":{any}"));
      expect([...new Set(simulators)].toSorted()).toEqual(Object.keys(listeners.simulators).toSorted());
    } finally {
      demo.signal("SIGTERM");
      await demo.end(15_000);
    }
  });
});

function childrenOf(pid: number): readonly number[] {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).filter(Boolean).map(Number);
  return own.flatMap((child) => [child, ...childrenOf(child)]);
}

const signIn = (username: string, word: string) =>
  request<SignedIn & { code: string }>(plant.url, "POST", "/auth/login", { body: { username, password: word } });

describe("200 wrong log-ins (S9)", () => {
  it("say the same by the same path, known name or not, and hold up neither who is signed in nor a command", async () => {
    const holder = await Operator.enter(plant.url, "olga");
    await plant.restore(holder.person);
    await holder.takes("furnace");
    const took: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
    const answers = new Map<string, number>();
    for (let n = 0; n < 100; n++) {
      // Another name each time, so that it is the answer that is measured and not the wait of a name.
      for (const [kind, name] of [
        ["known", n % 2 ? "ada" : "otto"],
        ["unknown", `nobody-${n}`],
      ] as const) {
        const began = performance.now();
        const { status, body } = await signIn(name, `wrong-${n}`);
        const { instance: _path, ...said } = body as unknown as Record<string, unknown>;
        if (status === 401) took[kind].push(performance.now() - began);
        answers.set(`${status} ${JSON.stringify(said).replace(/\d+/g, "N")}`, n);
      }
    }
    const kinds = [...answers.keys()];
    expect(kinds.filter((each) => each.startsWith("401"))).toHaveLength(1);
    expect(kinds.filter((each) => each.startsWith("429"))).toHaveLength(1);
    // Both are hashed: an unknown name is not answered sooner. Ten milliseconds is argon2id's work at least.
    for (const each of Object.values(took)) expect(Math.min(...each)).toBeGreaterThan(5);
    expect(await holder.holds("furnace")).toBe(true);
    const written = await holder.person.write("furnace/setpoint", 855);
    expect([written.status, written.body.state]).toEqual([200, "VERIFIED"]);
    expect((await signIn("olga", password)).status, "the desk that signed in before").toBe(200);
    await holder.release("furnace");
    holder.close();
  });
});

describe("a captured command (S16)", () => {
  it("sent again moves nothing, whole, under another key, or from another sign-in", async () => {
    const holder = await Operator.enter(plant.url, "olga");
    const olga = holder.person;
    await plant.restore(olga);
    await holder.takes("furnace");
    // R9: the set-point has a rate of its own.
    const rateIsOver = () => new Promise((resolve) => setTimeout(resolve, 3000));
    await rateIsOver();
    const captured = { target: "furnace/setpoint", value: 861, key: "captured-key-0001", ticket: await olga.ticket() };
    const first = await olga.post<Command>("/commands", captured);
    expect(first.body.state).toBe("VERIFIED");
    await rateIsOver();
    expect((await olga.write("furnace/setpoint", 862)).body.state).toBe("VERIFIED");
    const again = await olga.post<Command>("/commands", captured);
    expect([again.body.id, again.body.state]).toEqual([first.body.id, "VERIFIED"]);
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const otherKey = await olga.post<Command>("/commands", { ...captured, key: "captured-key-0002" });
    expect(otherKey.body.state).toBe("EXPIRED");
    const answer = await signIn("olga", password);
    const thief = new Person(plant.url, "olga", answer.body);
    expect((await thief.post<Command>("/commands", captured)).body.id).toBe(first.body.id);
    expect((await olga.value("furnace/setpoint")).value).toBe(862);
    holder.close();
  });
});

describe("a sign-in (S7)", () => {
  it("takes no id that somebody else has chosen, and ends with its person, its sockets too", async () => {
    const chosen = "A".repeat(64);
    const answer = await fetch(`${plant.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie: `plancia_session=${chosen}` },
      body: JSON.stringify({ username: "otto", password }),
    });
    // The address has been guessing: it may have to wait.
    if (answer.status === 429) {
      await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers.get("retry-after"))));
    }
    const otto =
      answer.status === 200
        ? new Person(plant.url, "otto", (await answer.json()) as SignedIn)
        : await plant.enter("otto");
    expect(answer.headers.get("set-cookie") ?? "").not.toContain(chosen);
    const fixed = await fetch(`${plant.url}/api/v1/auth/refresh`, {
      method: "POST",
      headers: { cookie: `plancia_session=${chosen}` },
    });
    expect(fixed.status).toBe(401);
    const watching = await otto.watch(["furnace/temperature"]);
    expect((await plant.plancia(["user", "disable", "otto"])).code).toBe(0);
    expect(await watching.closed).toBe(4401);
    expect((await otto.get("/equipment")).status).toBe(401);
    expect((await otto.stop("furnace", otto.stopToken)).status).toBe(401);
  });

  it("ends after its longest time, whatever it does", async () => {
    const began = performance.now();
    const ada = new Person(plant.url, "ada", (await enterPatiently("ada")).body);
    let status = 200;
    while (status === 200 && performance.now() - began < 100_000) {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      status = (await ada.get("/equipment")).status;
    }
    expect(status).toBe(401);
    expect((await ada.stop("furnace", ada.stopToken)).status).toBe(401);
  });
});

/** Waits as it is told: this address has been guessing. */
async function enterPatiently(name: string): Promise<{ body: SignedIn }> {
  for (;;) {
    const answer = await signIn(name, password);
    if (answer.status === 200) return answer;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
