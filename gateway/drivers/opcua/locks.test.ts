import { describe, expect, it } from "vitest";
import type { LockResult } from "../../core/driver-port.ts";
import { Status } from "../../core/status.ts";
import { Locks } from "./locks.ts";
import { opcua } from "./manifest.ts";
import {
  BrowseRequest,
  CallRequest,
  NodeClass,
  type NodeId,
  type ReadRequest,
  type Request,
  Variant,
  VariantArrayType,
  WireType,
} from "./node-opcua.ts";
import { standardNode } from "./nodes.ts";
import { answer, refusal, ScriptedSession } from "./testing/scripted-session.ts";
import type { Reply } from "./wire.ts";

const facts = { nodesPerRead: 10, pathsPerTranslate: 10, itemsPerCall: 10, namespaces: [] };
const good = { value: 0, name: "Good" };
const ours = "urn:box:plancia:1";
const address = opcua.lock?.parse({ object: "ns=1;s=Press.Lock" });
const signal = new AbortController().signal;

const methods = ["InitLock", "RenewLock", "ExitLock"] as const;
type Service = (typeof methods)[number];
const variables = { LockingClient: ours, LockingUser: "anna", RemainingLockTime: 30_000 };
const names = [...methods, ...Object.keys(variables)];

const status = (value: number): Reply<unknown> => {
  const outputArguments = [new Variant({ dataType: WireType.Int32, arrayType: VariantArrayType.Scalar, value })];
  return answer({ results: [{ statusCode: good, outputArguments }] });
};
const badResult = (name: string) => answer({ results: [{ statusCode: { value: Status.Bad_UserAccessDenied, name } }] });

interface Script {
  readonly services?: Partial<Record<Service, Reply<unknown> | undefined>>;
  readonly client?: string;
  readonly there?: readonly string[];
}

/** A server with a lock object; what `services` does not name answers 0, and undefined answers nothing. */
function setUp({ services = {}, client = ours, there = names }: Script = {}) {
  const nameOf = (id: NodeId | undefined) => names[Number(id?.value)] ?? "";
  const session = new ScriptedSession((request: Request) => {
    if (request instanceof BrowseRequest)
      return answer({ results: [{ statusCode: good, references: there.map(node) }] });
    if (request instanceof CallRequest) {
      const name = nameOf(request.methodsToCall?.[0]?.methodId) as Service;
      return name in services ? services[name] : status(0);
    }
    const asked = (request as ReadRequest).nodesToRead ?? [];
    const values: Record<string, unknown> = { ...variables, LockingClient: client };
    return answer({ results: asked.map(({ nodeId }) => ({ value: { value: values[nameOf(nodeId)] } })) });
  });
  const locks = new Locks({
    open: () => ({ session, facts, ownUri: ours }),
    timeoutMsOf: (device) => (device === "plc" ? 1_000 : undefined),
  });
  const calls = () => session.of(CallRequest).map((each) => nameOf(each.methodsToCall?.[0]?.methodId));
  return { session, locks, calls };
}

function node(name: string) {
  const nodeClass = methods.includes(name as Service) ? NodeClass.Method : NodeClass.Variable;
  const browseName = { namespaceIndex: 2, name };
  return { nodeId: standardNode(names.indexOf(name)), browseName, displayName: { text: name }, nodeClass };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the device's own lock (OPC 10000-100 §7)", () => {
  it("is granted, with the time that it lasts, renewed and given back", async () => {
    const { session, locks, calls } = setUp();
    expect(await locks.lock("plc", address, signal)).toEqual({ outcome: "granted", remainingMs: 30_000 });
    expect(await locks.renew("plc", address, signal)).toEqual({ outcome: "granted", remainingMs: 30_000 });
    expect(await locks.unlock("plc", address, signal)).toEqual({ outcome: "granted" });
    expect(calls()).toEqual(["InitLock", "RenewLock", "ExitLock"]);
    expect(session.of(BrowseRequest)).toHaveLength(1);
    expect(session.of(CallRequest)[0]?.methodsToCall?.[0]?.inputArguments?.[0]?.value).toBe("Plancia");
  });

  it.each<
    [what: "lock" | "renew" | "unlock", says: string, services: Script["services"], LockResult["outcome"], RegExp]
  >([
    ["lock", "-2, cannot be locked", { InitLock: status(-2) }, "refused", /cannot be locked now/],
    ["lock", "that the user may not", { InitLock: badResult("BadUserAccessDenied") }, "refused", /may not/],
    [
      "lock",
      "that nothing is locked here",
      { InitLock: badResult("BadMethodInvalid") },
      "unsupported",
      /no such method/,
    ],
    ["lock", "no to the whole request", { InitLock: refusal("BadServiceUnsupported", 0x800b0000) }, "unsupported", /./],
    ["lock", "nothing", { InitLock: { kind: "silent", sentAtMs: 0 } }, "refused", /nobody knows/],
    ["lock", "yes without a status", { InitLock: answer({ results: [{ statusCode: good }] }) }, "refused", /without/],
    ["lock", "an answer without result", { InitLock: answer({ results: [] }) }, "refused", /BadUnexpectedError/],
    ["renew", "-1, not locked", { RenewLock: status(-1) }, "refused", /not ours any more/],
    [
      "renew",
      "nothing, for it is gone",
      { RenewLock: { kind: "lost", sentAtMs: 0, why: "reset" } },
      "refused",
      /reset/,
    ],
    ["unlock", "-1, not locked", { ExitLock: status(-1) }, "granted", /^$/],
    ["unlock", "something else", { ExitLock: status(-9) }, "refused", /does not give/],
  ])("%s where the device says %s", async (what, _, services = {}, outcome, words) => {
    const { locks } = setUp({ services });
    const result = await locks[what]("plc", address, signal);
    expect(result.outcome).toBe(outcome);
    expect("detail" in result ? result.detail : "").toMatch(words);
  });

  it("says who has it where it is somebody else's, and tries nothing more", async () => {
    const { locks, calls } = setUp({ services: { InitLock: status(-1) }, client: "urn:panel" });
    expect(await locks.lock("plc", address, signal)).toEqual({
      outcome: "refused",
      detail: "the device is locked already by anna, urn:panel",
    });
    expect(calls()).toEqual(["InitLock"]);
  });

  it.each([
    [status(0), "granted"],
    [status(-1), "refused"],
  ])(
    "is renewed where an earlier connection of this gateway left it, if the device agrees (row %#)",
    async (renew, outcome) => {
      const { locks, calls } = setUp({ services: { InitLock: status(-1), RenewLock: renew } });
      expect(await locks.lock("plc", address, signal)).toMatchObject({ outcome });
      expect(calls()).toEqual(["InitLock", "RenewLock"]);
    },
  );

  it("is unsupported where the object has no such methods", async () => {
    const { locks, calls } = setUp({ there: ["LockingClient"] });
    expect(await locks.lock("plc", address, signal)).toMatchObject({ outcome: "unsupported" });
    expect(calls()).toEqual([]);
  });

  it("is unsupported where there is no such object, and refused without a connection or for a strange device", async () => {
    const session = new ScriptedSession(() => refusal("BadNodeIdUnknown", Status.Bad_NodeIdUnknown));
    const gone = new Locks({ open: () => undefined, timeoutMsOf: () => 1_000 });
    const nothing = new Locks({ open: () => ({ session, facts, ownUri: ours }), timeoutMsOf: () => 1_000 });
    expect(await nothing.lock("plc", address, signal)).toMatchObject({ outcome: "unsupported" });
    expect(await gone.lock("plc", address, signal)).toMatchObject({ outcome: "refused" });
    expect(await setUp().locks.lock("other", address, signal)).toMatchObject({ outcome: "refused" });
  });

  it("is given back where it comes when nobody waits for it any more", async () => {
    const { session, locks, calls } = setUp({ services: { InitLock: undefined } });
    const waiting = new AbortController();
    const asked = locks.lock("plc", address, waiting.signal);
    await settled();
    waiting.abort();
    expect(await asked).toEqual({ outcome: "refused", detail: "the device did not answer in time" });
    expect(calls()).toEqual(["InitLock"]);
    session.answer(status(0));
    await settled();
    expect(calls()).toEqual(["InitLock", "ExitLock"]);
  });

  it("is not asked for when nobody waits", async () => {
    const { session, locks } = setUp();
    expect(await locks.lock("plc", address, AbortSignal.abort())).toMatchObject({ outcome: "refused" });
    expect(session.requests).toEqual([]);
  });
});
