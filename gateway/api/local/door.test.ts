import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localAccount } from "../../core/access/local-account.ts";
import { allows } from "../../core/access/policy.ts";
import { PlanciaError } from "../../core/errors.ts";
import { type Log, silentLog } from "../../core/log.ts";
import { askGateway, askGatewayJson } from "./client.ts";
import { type LocalDoor, openLocalDoor } from "./door.ts";
import { type LocalAnswer, type LocalContext, type LocalRoute, localRoutes } from "./routes.ts";

let folder: string;
let door: LocalDoor | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-door-"));
});
afterEach(async () => {
  await door?.close();
  door = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function route(path: string, answer: LocalRoute["answer"]): LocalRoute {
  return { method: "GET", path, policy: { credential: "data-folder", permission: "equipment:view" }, answer };
}

async function open(routes: readonly LocalRoute[], log: Log = silentLog): Promise<void> {
  door = await openLocalDoor({ dataFolder: folder, routes, log });
}

const ask = (path: string) => askGatewayJson<unknown>(folder, { method: "GET", path, query: [] });
const json = (body: unknown): LocalAnswer => ({ kind: "json", body });

describe("the local door", () => {
  it("answers who may open a socket in the data folder", async () => {
    await open([route("/values", async (query) => json({ asked: query.getAll("tag") }))]);
    const question = { method: "GET", path: "/values", query: [["tag", "a/*"] as const, ["tag", "b &c"] as const] };
    expect(await askGatewayJson(folder, { ...question, method: "GET" })).toEqual({ asked: ["a/*", "b &c"] });
  });

  it.runIf(process.platform !== "win32")("is open to its own account alone, and gone when closed", async () => {
    await open([]);
    expect(statSync(join(folder, "gateway.sock")).mode & 0o777).toBe(0o600);
    await door?.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is not there where no gateway runs", async () => {
    expect(await ask("/values")).toBeUndefined();
    expect(await askGateway(join(folder, "none"), { method: "GET", path: "/", query: [] })).toBeUndefined();
  });

  it.runIf(process.platform === "linux")("takes the place of a socket that a killed gateway left", async () => {
    const killed = createServer();
    const at = join(folder, "gateway.sock");
    await new Promise<void>((resolve) => killed.listen(join(folder, "first.sock"), resolve));
    renameSync(join(folder, "first.sock"), at);
    await new Promise((resolve) => killed.close(resolve));
    expect(statSync(at).isSocket()).toBe(true);
    expect(await ask("/values")).toBeUndefined();
    await open([route("/values", async () => json(1))]);
    expect(await ask("/values")).toBe(1);
  });

  it("leaves alone what is no socket, and says that there is no door", async () => {
    writeFileSync(join(folder, "gateway.sock"), "somebody's");
    const said: unknown[] = [];
    const log: Log = { ...silentLog, child: () => ({ ...silentLog, warn: (fields) => void said.push(fields) }) };
    await open([], log);
    expect(said).toHaveLength(1);
    expect(statSync(join(folder, "gateway.sock")).isFile()).toBe(true);
  });

  it.runIf(process.platform === "linux")("works in a folder too deep for the path of a socket", async () => {
    folder = join(folder, "d".repeat(100), "e".repeat(100));
    mkdirSync(folder, { recursive: true });
    await open([route("/values", async () => json("deep"))]);
    expect(await ask("/values")).toBe("deep");
    await door?.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("gives refusals with their codes, and hides what went wrong inside", async () => {
    const refused = async (): Promise<LocalAnswer> => {
      throw new PlanciaError("device/not-connected", "press-plc is not connected");
    };
    const broken = async (): Promise<LocalAnswer> => {
      throw new Error("password=1234");
    };
    await open([route("/refused", refused), route("/broken", broken)]);
    await expect(ask("/refused")).rejects.toMatchObject({ code: "device/not-connected" });
    await expect(ask("/broken")).rejects.toThrow(/^the gateway's log has it$/);
    await expect(ask("/nowhere")).rejects.toMatchObject({ code: "request/not-found" });
    await expect(askGateway(folder, { method: "POST", path: "/refused", query: [] })).rejects.toThrow("nothing at");
  });

  it("lets nobody take half a stream for a whole one", async () => {
    async function* half(): AsyncGenerator<string> {
      yield "a".repeat(100_000);
      throw new PlanciaError("history/unavailable", "the disk has failed");
    }
    await open([route("/half", async () => ({ kind: "stream", type: "text/csv", chunks: half() }))]);
    const chunks = await askGateway(folder, { method: "GET", path: "/half", query: [] });
    const all = async (): Promise<void> => {
      for await (const _ of chunks ?? []);
    };
    await expect(all()).rejects.toMatchObject({ code: "store/unavailable" });
  });

  it("ends what it streams when the reader goes", async () => {
    const ended = Promise.withResolvers<string>();
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) yield "x".repeat(10_000);
      } finally {
        ended.resolve("ended");
      }
    }
    await open([route("/endless", async () => ({ kind: "stream", type: "text/csv", chunks: endless() }))]);
    const chunks = await askGateway(folder, { method: "GET", path: "/endless", query: [] });
    for await (const _ of chunks ?? []) break;
    expect(await ended.promise).toBe("ended");
  });
});

describe("the policy of the second door (S1)", () => {
  const routes = localRoutes({} as LocalContext);

  it("is as committed here, route by route: nothing behind it writes to a machine", () => {
    expect(
      routes.map(({ method, path, policy }) => [`${method} ${path}`, policy.credential, policy.permission]),
    ).toEqual([
      ["GET /values", "data-folder", "equipment:view"],
      ["GET /browse", "data-folder", "devices:browse"],
      ["POST /export", "data-folder", "history:read"],
      ["GET /config/changes", "data-folder", "config:accept"],
      ["POST /config/accept", "data-folder", "config:accept"],
      ["POST /diagnostics", "data-folder", "system:backup"],
      ["POST /backup", "data-folder", "system:backup"],
    ]);
  });

  it("names permissions that the local account has", () => {
    expect(routes.filter(({ policy }) => !allows(localAccount, policy.permission))).toEqual([]);
  });

  it("makes one backup at a time", async () => {
    const begun = Promise.withResolvers<AsyncIterable<Uint8Array>>();
    const context = { backup: () => begun.promise } as unknown as LocalContext;
    const backup = localRoutes(context).find(({ path }) => path === "/backup");
    const connection = new AbortController();
    const first = backup?.answer(new URLSearchParams(), connection.signal);
    const again = () => backup?.answer(new URLSearchParams(), new AbortController().signal);
    await expect(again()).rejects.toMatchObject({ code: "request/conflict" });
    begun.resolve((async function* () {})());
    await first;
    await expect(again()).rejects.toMatchObject({ code: "request/conflict" });
    connection.abort();
    expect(await again()).toMatchObject({ kind: "stream" });
  });
});
