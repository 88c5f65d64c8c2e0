import {
  type AddressSpace,
  type CallMethodResultOptions,
  DataType,
  StatusCodes,
  type UAObject,
  Variant,
} from "node-opcua";
import type { MachinePoint } from "../process/machine-point.ts";
import type { MachineLock } from "./machine-lock.ts";
import { type MachineDesk, type MachineNode, readOnlyNode } from "./machine-nodes.ts";
import { type Peer, peerOf } from "./peer.ts";

/** An object with locking services as OPC 10000-100 §7 has them, for instance `ns=1;s=Line1.Lock`; in the server's own namespace. */
export function buildLockNodes(
  addressSpace: AddressSpace,
  machine: string,
  lock: MachineLock,
  desk: MachineDesk,
): readonly MachineNode[] {
  const namespace = addressSpace.getOwnNamespace();
  const id = `${machine}.Lock`;
  const parent = namespace.findNode(`s=${machine}`) as UAObject;
  const object = namespace.addObject({ browseName: "Lock", nodeId: `s=${id}`, componentOf: parent });
  const nodes = lockPoints(lock).map((point) => readOnlyNode(namespace, object, `${id}.${point.name}`, point));
  const service = (name: string, inputs: readonly string[], act: (peer: Peer) => number | undefined): void => {
    const method = namespace.addMethod(object, {
      browseName: name,
      nodeId: `s=${id}.${name}`,
      inputArguments: inputs.map((input) => ({ name: input, dataType: DataType.String })),
      outputArguments: [{ name: `${name}Status`, dataType: DataType.Int32 }],
    });
    method.bindMethod((_inputs, context, callback) => {
      callback(
        null,
        answer(desk, `${id}.${name}`, nodes, () => act(peerOf(context))),
      );
    });
  };
  service("InitLock", ["Context"], (peer) => lock.init(peer));
  service("RenewLock", [], (peer) => lock.renew(peer));
  service("ExitLock", [], (peer) => lock.exit(peer));
  // Only a person at the panel may: there it is the action `break-lock`.
  service("BreakLock", [], () => undefined);
  return nodes;
}

function answer(
  desk: MachineDesk,
  id: string,
  nodes: readonly MachineNode[],
  act: () => number | undefined,
): CallMethodResultOptions {
  let status: number | undefined;
  const statusCode = desk.serve(id, () => {
    status = act();
    return status === undefined ? StatusCodes.BadUserAccessDenied : StatusCodes.Good;
  });
  desk.publish(nodes, Date.now());
  const output = new Variant({ dataType: DataType.Int32, value: status ?? 0 });
  return { statusCode, outputArguments: statusCode.isGood() ? [output] : [] };
}

function lockPoints(lock: MachineLock): readonly MachinePoint[] {
  return [
    { name: "Locked", type: "Boolean", read: () => lock.readings.locked, description: "Some client holds the lock" },
    {
      name: "LockingClient",
      type: "String",
      read: () => lock.readings.application,
      description: "Application URI of the holder; empty where there is none",
    },
    { name: "LockingUser", type: "String", read: () => lock.readings.user, description: "User of the holder" },
    {
      name: "RemainingLockTime",
      type: "Double",
      read: () => lock.readings.remainingMs,
      description: "Milliseconds until it ends by itself",
    },
  ];
}
