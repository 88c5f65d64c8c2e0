import { describe, expect, it } from "vitest";
import { browseFolder } from "./browsing.ts";
import { DataTypes } from "./data-types.ts";
import { opcua } from "./manifest.ts";
import {
  BrowseNextRequest,
  BrowseRequest,
  NodeClass,
  ReadRequest,
  type Request,
  TranslateBrowsePathsToNodeIdsRequest,
} from "./node-opcua.ts";
import { standardNode } from "./nodes.ts";
import { Structures } from "./structures.ts";
import { answer, refusal, ScriptedSession } from "./testing/scripted-session.ts";

const good = { value: 0, name: "Good" };
const facts = { nodesPerRead: 2, pathsPerTranslate: 2, itemsPerCall: 10, namespaces: [] };
const reference = (n: number, name: string) => ({
  nodeId: standardNode(n),
  browseName: { namespaceIndex: 1, name },
  displayName: { text: name },
  nodeClass: NodeClass.Variable,
});

function browser(server: (request: Request) => ReturnType<typeof answer> | undefined) {
  const session = new ScriptedSession((request) => {
    if (request instanceof ReadRequest)
      return answer({ results: request.nodesToRead?.map(() => ({ statusCode: good })) });
    if (request instanceof TranslateBrowsePathsToNodeIdsRequest)
      return answer({ results: request.browsePaths?.map(() => ({ targets: [] })) });
    return server(request);
  });
  const types = new DataTypes(session, facts, 1000);
  const signal = new AbortController().signal;
  return { session, browser: { session, facts, types, structures: new Structures(types), timeoutMs: 1000, signal } };
}

describe("browsing", () => {
  it("follows continuation points to the end, shows each node once, and asks in the server's portions", async () => {
    let page = 0;
    const { session, browser: at } = browser(() => {
      const references = [reference(page, `T${page}`), reference(0, "T0")];
      page++;
      return answer({
        results: [{ statusCode: good, references, continuationPoint: page < 4 ? Buffer.from([page]) : undefined }],
      });
    });
    const entries = await browseFolder(at, "");
    expect(entries.map(({ path, address, kind }) => [path, address, kind])).toEqual(
      [0, 1, 2, 3].map((n) => [`T${n}`, `i=${n}`, "variable"]),
    );
    expect([session.of(BrowseRequest).length, session.of(BrowseNextRequest).length]).toEqual([1, 3]);
    expect(Math.max(...session.of(ReadRequest).map(({ nodesToRead }) => nodesToRead?.length ?? 0))).toBe(2);
  });

  it("walks a path of names, with escaped slashes and with namespaces", async () => {
    const names = ["a/b", "c"];
    const { browser: at } = browser(() => {
      const name = names.shift();
      return answer({ results: [{ statusCode: good, references: name === undefined ? [] : [reference(9, name)] }] });
    });
    expect(await browseFolder(at, "a%2Fb/1:c")).toEqual([]);
  });

  it("does not go on for ever where a server does", async () => {
    let n = 0;
    const { browser: at } = browser((request) => {
      const isRelease = request instanceof BrowseNextRequest && request.releaseContinuationPoints;
      const references = isRelease ? [] : Array.from({ length: 1000 }, () => reference(n, `T${n++}`));
      return answer({
        results: [{ statusCode: good, references, continuationPoint: isRelease ? undefined : Buffer.from([1]) }],
      });
    });
    expect(await browseFolder(at, "")).toHaveLength(10_000);
  });

  it.each([
    [refusal("BadNothingToDo", 0x800f0000), "request/not-found"],
    [{ kind: "lost" as const, sentAtMs: 1, why: "gone" }, "device/connection-lost"],
    [{ kind: "silent" as const, sentAtMs: 1 }, "device/connection-lost"],
    [answer({ results: [] }), "request/not-found"],
  ])("says why it cannot (row %#)", async (reply, code) => {
    await expect(browseFolder(browser(() => reply).browser, "")).rejects.toMatchObject({ code });
  });

  it("shows a method with the address that a command calls it by", async () => {
    const method = { ...reference(7, "Start"), nodeClass: NodeClass.Method };
    const { browser: at } = browser(() => answer({ results: [{ statusCode: good, references: [method] }] }));
    const [entry] = await browseFolder(at, "");
    expect(entry).toMatchObject({ kind: "method", address: { object: "i=85", method: "i=7" } });
    expect(opcua.method?.safeParse(entry?.address).success).toBe(true);
  });
});
