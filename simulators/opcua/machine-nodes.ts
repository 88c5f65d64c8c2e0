import {
  type AddressSpace,
  DataType,
  DataValue,
  type ISessionContext,
  type Namespace,
  type StatusCode,
  StatusCodes,
  type UAObject,
  type UAVariable,
  type Variant,
} from "node-opcua";
import type { MachineMethod, MachinePoint } from "../process/machine-point.ts";
import type { MachineLock } from "./machine-lock.ts";
import { peerOf } from "./peer.ts";
import { engineeringUnits } from "./units.ts";

/** What the server shows: an object with variables and methods, `ns=1;s=Line1` and `ns=1;s=Line1.StateCurrent`. */
export interface OpcuaMachine {
  readonly name: string;
  readonly points: readonly MachinePoint[];
  readonly methods: readonly MachineMethod[];
  /** The controller's own lock, shown as `ns=1;s=Line1.Lock`. */
  readonly lock?: MachineLock;
  /** Changes whenever a point may have changed; without it all points are read every tick. */
  readonly revision?: () => number;
}

/** A variable on the wire. */
export interface MachineNode {
  /** For instance `Line1.StateCurrent`. */
  readonly id: string;
  readonly point: MachinePoint;
  /** What every client sees from now on. */
  show(value: Variant, status: StatusCode, sourceTime: Date): void;
}

/** What the machine does with what clients want, by their session. The status goes back to the client. */
export interface MachineDesk {
  write(node: MachineNode, value: Variant, session: string): StatusCode;
  call(id: string, method: MachineMethod, session: string): StatusCode;
  /** What is no command to the machine: as `act` says, unless a fault is in force. */
  serve(id: string, act: () => StatusCode): StatusCode;
  /** Shows now what has changed at these. */
  publish(nodes: readonly MachineNode[], nowMs: number): void;
}

/** Writable variables are sampled: the library's change event would show a refused value for a moment. */
const fastestSamplingMs = 50;

/** Puts the machine into the server's own namespace. */
export function buildMachineNodes(
  addressSpace: AddressSpace,
  machine: OpcuaMachine,
  desk: MachineDesk,
): readonly MachineNode[] {
  const namespace = addressSpace.getOwnNamespace();
  const parent = namespace.addObject({
    browseName: machine.name,
    nodeId: `s=${machine.name}`,
    organizedBy: addressSpace.rootFolder.objects,
  });
  for (const method of machine.methods) addMethod(namespace, parent, method, desk);
  return machine.points.map((point) => {
    const id = `${machine.name}.${point.name}`;
    return point.write === undefined
      ? readOnlyNode(namespace, parent, id, point)
      : writableNode(namespace, parent, id, point, desk);
  });
}

export function readOnlyNode(namespace: Namespace, parent: UAObject, id: string, point: MachinePoint): MachineNode {
  const variable = addVariable(namespace, parent, id, point);
  return { id, point, show: (value, status, sourceTime) => variable.setValueFromSource(value, status, sourceTime) };
}

function writableNode(
  namespace: Namespace,
  parent: UAObject,
  id: string,
  point: MachinePoint,
  desk: MachineDesk,
): MachineNode {
  const variable = addVariable(namespace, parent, id, point);
  let shown = new DataValue({ statusCode: StatusCodes.BadWaitingForInitialData });
  const node: MachineNode = {
    id,
    point,
    show: (value, statusCode, sourceTimestamp) => {
      shown = new DataValue({ value, statusCode, sourceTimestamp });
    },
  };
  const writer = whoWrites(variable);
  variable.bindVariable({
    timestamped_get: () => shown,
    timestamped_set: async (wanted: DataValue) => {
      const status = desk.write(node, wanted.value, writer());
      // The library stores what was wanted, also where it is refused: the machine's own value takes its place.
      wanted.value = shown.value;
      wanted.statusCode = shown.statusCode;
      wanted.sourceTimestamp = shown.sourceTimestamp;
      return status;
    },
  });
  return node;
}

/** The library does not tell its setters who writes. They run before its `writeValue` returns. */
function whoWrites(variable: UAVariable): () => string {
  let writer = "";
  const { writeValue } = variable;
  Object.assign(variable, {
    writeValue(context: ISessionContext, ...more: unknown[]): unknown {
      writer = peerOf(context).session;
      return Reflect.apply(writeValue, variable, [context, ...more]);
    },
  });
  return () => writer;
}

function addVariable(namespace: Namespace, parent: UAObject, id: string, point: MachinePoint): UAVariable {
  const writable = point.write !== undefined;
  const access = writable ? "CurrentRead | CurrentWrite" : "CurrentRead";
  const options = {
    browseName: point.name,
    description: point.description,
    nodeId: `s=${id}`,
    componentOf: parent,
    dataType: point.texts === undefined ? DataType[point.type] : enumeration(namespace, point.name, point.texts),
    accessLevel: access,
    userAccessLevel: access,
    minimumSamplingInterval: writable ? fastestSamplingMs : 0,
  };
  if (point.unit === undefined) return namespace.addVariable(options);
  const [low, high] = point.range ?? [0, 100];
  return namespace.addAnalogDataItem({
    ...options,
    dataType: DataType[point.type],
    engineeringUnits: engineeringUnits(point.unit),
    engineeringUnitsRange: { low, high },
  });
}

function enumeration(namespace: Namespace, name: string, texts: readonly string[]) {
  return namespace.addEnumerationType({ browseName: `${name}Enumeration`, enumeration: [...texts] }).nodeId;
}

function addMethod(namespace: Namespace, parent: UAObject, method: MachineMethod, desk: MachineDesk): void {
  const id = `${parent.browseName.name}.${method.name}`;
  namespace
    .addMethod(parent, { browseName: method.name, nodeId: `s=${id}`, inputArguments: [], outputArguments: [] })
    .bindMethod((_inputs, context, callback) => {
      callback(null, { statusCode: desk.call(id, method, peerOf(context).session), outputArguments: [] });
    });
}
