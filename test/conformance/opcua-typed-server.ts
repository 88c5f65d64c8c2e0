import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DataType,
  ensureDatatypeExtracted,
  MessageSecurityMode,
  type Namespace,
  type NodeId,
  OPCUACertificateManager,
  OPCUAServer,
  resolveNodeId,
  SecurityPolicy,
  StatusCodes,
  standardUnits,
  type UADataType,
  type UAVariable,
  Variant,
  VariantArrayType,
} from "node-opcua";

/** A server with values of every kind that a plant may have. */
export interface TypedServer extends AsyncDisposable {
  readonly port: number;
  /** How many subscriptions, and items of each, it still gives; both as many as anybody wants at first. */
  allow(limits: { readonly subscriptions?: number; readonly items?: number }): void;
  readonly variables: ReadonlyMap<string, UAVariable>;
  set(name: string, dataType: DataType, value: unknown): void;
}

const scalar = (dataType: DataType, value: unknown) =>
  new Variant({ dataType, arrayType: VariantArrayType.Scalar, value });
const array = (dataType: DataType, value: unknown) =>
  new Variant({ dataType, arrayType: VariantArrayType.Array, value });

export const guid = "12345678-1234-1234-1234-123456789ABC";

const plain: readonly (readonly [name: string, type: DataType, value: unknown])[] = [
  ["SByte", DataType.SByte, -128],
  ["Byte", DataType.Byte, 255],
  ["UInt16", DataType.UInt16, 65_535],
  ["UInt32", DataType.UInt32, 4_294_967_295],
  ["Int64", DataType.Int64, [0x80000000, 0x00000001]],
  ["UInt64", DataType.UInt64, [0xffffffff, 0xffffffff]],
  ["Float", DataType.Float, 1.5],
  ["DateTime", DataType.DateTime, new Date(1_700_000_000_123)],
  ["ByteString", DataType.ByteString, Buffer.from([0, 1, 255])],
  ["Guid", DataType.Guid, guid],
  ["LocalizedText", DataType.LocalizedText, { text: "hello", locale: "en" }],
  ["QualifiedName", DataType.QualifiedName, { namespaceIndex: 1, name: "thing" }],
  ["NodeId", DataType.NodeId, resolveNodeId("ns=1;s=Float")],
  ["StatusCode", DataType.StatusCode, StatusCodes.BadOutOfRange],
];

export async function startTypedServer(): Promise<TypedServer> {
  const folder = mkdtempSync(join(tmpdir(), "opcua-typed-"));
  const server = new OPCUAServer({
    port: 0,
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    serverCertificateManager: new OPCUACertificateManager({ rootFolder: folder }),
    securityModes: [MessageSecurityMode.None],
    securityPolicies: [SecurityPolicy.None],
    serverCapabilities: {
      // Each change is queued that is asked for with a sampling interval of 0.
      minSupportedSampleRate: 0,
      operationLimits: { maxNodesPerRead: 5 },
    },
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  if (!space) throw new Error("the server has no address space");
  const own = space.getOwnNamespace();
  const variables = new Map<string, UAVariable>();
  const add = (name: string, dataType: DataType | string | NodeId, value: Variant, more: object = {}) => {
    const organizedBy = space.rootFolder.objects;
    const variable = own.addVariable({
      organizedBy,
      browseName: name,
      nodeId: `s=${name}`,
      dataType,
      ...more,
    } as never);
    variable.setValueFromSource(value);
    variables.set(name, variable);
  };
  for (const [name, dataType, value] of plain) add(name, dataType, scalar(dataType, value));
  add("Names", DataType.String, array(DataType.String, ["a", "b", "c"]), { valueRank: 1 });
  add(
    "Counts",
    DataType.UInt64,
    array(DataType.UInt64, [
      [0, 1],
      [0x00200000, 1],
    ]),
    { valueRank: 1 },
  );
  const colour = own.addEnumerationType({ browseName: "Colour", enumeration: ["Red", "Green", "Blue"] });
  const phase = own.addEnumerationType({
    browseName: "Phase",
    enumeration: [
      { displayName: "Idle", value: 10 },
      { displayName: "Running", value: 20 },
    ],
  } as never);
  add("Colour", colour.nodeId, scalar(DataType.Int32, 2));
  add("Phase", phase.nodeId, scalar(DataType.Int32, 20));
  const organizedBy = space.rootFolder.objects;
  const named = (name: string) => ({ organizedBy, browseName: name, nodeId: `s=${name}` });
  own.addMultiStateDiscrete({ ...named("Gear"), enumStrings: ["Low", "High"], value: 1 } as never);
  own.addMultiStateValueDiscrete({
    ...named("Grade"),
    dataType: DataType.Int64,
    enumValues: [
      { displayName: "Coarse", value: -1 },
      { displayName: "Fine", value: 300 },
    ],
    value: 300,
  } as never);
  own.addTwoStateDiscrete({ ...named("Door"), trueState: "closed", falseState: "open" } as never);
  const level = own.addAnalogDataItem({
    organizedBy: space.rootFolder.objects,
    browseName: "Level",
    nodeId: "s=Level",
    dataType: "Double",
    engineeringUnitsRange: { low: 0, high: 200 },
    engineeringUnits: standardUnits.millimetre,
  } as never);
  // The library types its analogue items by their parts alone, and its options more narrowly than it takes them.
  variables.set("Level", level as unknown as UAVariable);
  await addStructures(own, colour, add);
  await server.start();
  return {
    port: server.endpoints[0]?.port ?? 0,
    variables,
    allow: ({ subscriptions = 100, items = 100_000 }) =>
      void Object.assign(server.engine.serverCapabilities, {
        maxSubscriptions: subscriptions,
        maxMonitoredItemsPerSubscription: items,
      }),
    set: (name, dataType, value) => variables.get(name)?.setValueFromSource(scalar(dataType, value)),
    async [Symbol.asyncDispose]() {
      await server.shutdown(0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function addStructures(
  own: Namespace,
  colour: UADataType,
  add: (name: string, dataType: NodeId, value: Variant, more?: object) => void,
): Promise<void> {
  const { addressSpace: space } = own;
  // Of its own: structures are read once for each namespace.
  const types = space.registerNamespace("urn:plancia:structures");
  const type = (browseName: string, subtypeOf: string, partialDefinition: object[]): UADataType => {
    const made = types.createDataType({ browseName, subtypeOf, isAbstract: false, partialDefinition } as never);
    types.addObject({
      browseName: { name: "Default Binary", namespaceIndex: 0 },
      encodingOf: made,
      nodeId: `s=${browseName}-binary`,
      typeDefinition: "DataTypeEncodingType",
    } as never);
    return made;
  };
  const axis = type("Axis", "Structure", [
    { name: "Position", dataType: DataType.Double, valueRank: -1 },
    { name: "Count", dataType: DataType.Int64, valueRank: -1 },
    { name: "Colour", dataType: colour.nodeId, valueRank: -1 },
    { name: "Limits", dataType: space.findDataType("Range")?.nodeId, valueRank: -1 },
  ]);
  const press = type("Press", "Structure", [
    { name: "Name", dataType: DataType.LocalizedText, valueRank: -1 },
    { name: "Axes", dataType: axis.nodeId, valueRank: 1 },
    { name: "Since", dataType: DataType.DateTime, valueRank: -1 },
    { name: "Batch", dataType: DataType.String, valueRank: -1, isOptional: true },
    { name: "Order", dataType: DataType.UInt32, valueRank: -1, isOptional: true },
  ]);
  const either = type("Either", "Union", [
    { name: "Number", dataType: DataType.Int32, valueRank: -1 },
    { name: "Text", dataType: DataType.String, valueRank: -1 },
  ]);
  await ensureDatatypeExtracted(space);
  const axisOf = (position: number, count: readonly number[]) => ({
    position,
    count,
    colour: 1,
    limits: { low: -5, high: position },
  });
  const axes = [axisOf(1.5, [0, 7]), axisOf(2.5, [0x00200000, 1])];
  const make = (of: UADataType, value: object) => space.constructExtensionObject(of, value as never);
  const one = make(press, { name: { text: "Press 1" }, axes, since: new Date(1_700_000_000_123), order: 77 });
  add("Press", press.nodeId, scalar(DataType.ExtensionObject, one));
  add("Either", either.nodeId, scalar(DataType.ExtensionObject, make(either, { text: "chosen" })));
  const many = axes.map((each) => make(axis, each));
  add("Axes", axis.nodeId, array(DataType.ExtensionObject, many), { valueRank: 1 });
  const range = make(space.findDataType("Range") as UADataType, { low: 1, high: 9 });
  add("Range", space.findDataType("Range")?.nodeId as NodeId, scalar(DataType.ExtensionObject, range));
}
