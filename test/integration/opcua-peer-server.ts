/**
 * A real OPC UA server (node-opcua's) in a process of its own, so that tests can kill and freeze it.
 * Told what to do over the process's message channel; see opcua-peer.ts.
 */
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type StatusCode,
  StatusCodes,
  type UAVariable,
  Variant,
  VariantArrayType,
} from "node-opcua";
import { CertificatePurpose, createSelfSignedCertificate, generateKeyPair, privateKeyToPEM } from "node-opcua-crypto";
import { getStatusCodeFromCode } from "node-opcua-status-code";
import type { PeerOptions, PeerOrder } from "./opcua-peer.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as PeerOptions;

async function makeCertificate(folder: string): Promise<{ certificateFile: string; privateKeyFile: string }> {
  const files = { certificateFile: join(folder, "server.pem"), privateKeyFile: join(folder, "key.pem") };
  if (existsSync(files.certificateFile)) return files;
  const { applicationUri, ip, notBefore, notAfter } = options.certificate;
  const { privateKey } = await generateKeyPair();
  const { privPem } = await privateKeyToPEM(privateKey);
  const { cert } = await createSelfSignedCertificate({
    privateKey,
    subject: "CN=Peer",
    dns: ["peer.example"],
    ip: [ip],
    applicationUri,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    purpose: CertificatePurpose.ForApplication,
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(files.certificateFile, cert);
  writeFileSync(files.privateKeyFile, privPem);
  return files;
}

const scalars: readonly (readonly [name: string, type: DataType, value: unknown])[] = [
  ["Boolean", DataType.Boolean, true],
  ["SByte", DataType.SByte, -128],
  ["Byte", DataType.Byte, 255],
  ["Int16", DataType.Int16, -32_768],
  ["UInt16", DataType.UInt16, 65_535],
  ["Int32", DataType.Int32, -2_147_483_648],
  ["UInt32", DataType.UInt32, 4_294_967_295],
  ["Int64", DataType.Int64, [0x80000000, 0x00000000]],
  ["UInt64", DataType.UInt64, [0xffffffff, 0xffffffff]],
  ["Float", DataType.Float, 1.5],
  ["Double", DataType.Double, 0.1],
  ["String", DataType.String, "Zürich – ok"],
  ["DateTime", DataType.DateTime, new Date(1_700_000_000_123)],
  ["ByteString", DataType.ByteString, Buffer.from([0, 1, 255])],
  ["Guid", DataType.Guid, "12345678-1234-1234-1234-123456789ABC"],
  ["LocalizedText", DataType.LocalizedText, { text: "hello", locale: "en" }],
  ["QualifiedName", DataType.QualifiedName, { namespaceIndex: 1, name: "thing" }],
  ["StatusCode", DataType.StatusCode, StatusCodes.BadOutOfRange],
  ["Speed", DataType.Double, 100],
];

const writes: string[] = [];
let holdWrites = false;

const manager = new OPCUACertificateManager({
  rootFolder: join(options.folder, "pki"),
  automaticallyAcceptUnknownCertificate: options.acceptsAnyClient,
});
await manager.initialize();
const users = new OPCUACertificateManager({ rootFolder: join(options.folder, "users") });
await users.initialize();
if (options.userCertificate !== undefined) {
  await users.trustCertificate(new X509Certificate(options.userCertificate).raw);
}
const server = new OPCUAServer({
  port: options.port,
  host: "127.0.0.1",
  hostname: "127.0.0.1",
  ...(await makeCertificate(join(options.folder, "own"))),
  serverCertificateManager: manager,
  userCertificateManager: users,
  securityModes: options.modes.map((mode) => MessageSecurityMode[mode]),
  securityPolicies: [
    SecurityPolicy.None,
    SecurityPolicy.Basic256Sha256,
    SecurityPolicy.Aes128_Sha256_RsaOaep,
    SecurityPolicy.Aes256_Sha256_RsaPss,
  ],
  allowAnonymous: options.anonymous,
  disableDiscovery: false,
  serverInfo: { applicationUri: options.serverUri ?? options.certificate.applicationUri },
  userManager: { isValidUser: (user: string, password: string) => user === "plancia" && password === "right" },
  serverCapabilities: {
    // Each change is queued that is asked for with a sampling interval of 0.
    minSupportedSampleRate: 0,
    operationLimits: { maxMonitoredItemsPerCall: 7, maxNodesPerRead: 5, maxNodesPerBrowse: 3 },
  },
});
await server.initialize();
const space = server.engine.addressSpace;
if (!space) throw new Error("no address space");
const own = space.getOwnNamespace();
const machine = own.addObject({ organizedBy: space.rootFolder.objects, browseName: "Machine" });
const variables = new Map<string, UAVariable>();
for (const [name, dataType, value] of scalars) {
  const nodeId = `s=${name}`;
  const variable =
    name === "Speed"
      ? own.addAnalogDataItem({
          componentOf: machine,
          browseName: name,
          nodeId,
          dataType,
          engineeringUnitsRange: { low: 0, high: 600 },
          engineeringUnits: {
            namespaceUri: "http://www.opcfoundation.org/UA/units/un/cefact",
            unitId: 1,
            displayName: "1/min",
          },
        } as never)
      : own.addVariable({ componentOf: machine, browseName: name, nodeId, dataType, minimumSamplingInterval: 0 });
  variable.setValueFromSource(new Variant({ dataType, arrayType: VariantArrayType.Scalar, value }));
  variables.set(name, variable);
}
// Of any type, so that it can change it; and of any rank.
variables.set(
  "Any",
  own.addVariable({
    componentOf: machine,
    browseName: "Any",
    nodeId: "s=Any",
    dataType: "BaseDataType",
    valueRank: -2,
  }),
);
own.addVariable({
  componentOf: machine,
  browseName: "ReadOnly",
  nodeId: "s=ReadOnly",
  dataType: "Double",
  accessLevel: "CurrentRead",
  userAccessLevel: "CurrentRead",
  value: new Variant({ dataType: DataType.Double, value: 7 }),
});
own.addVariable({
  componentOf: machine,
  browseName: "Array",
  nodeId: "s=Array",
  dataType: "Int32",
  valueRank: 1,
  value: new Variant({ dataType: DataType.Int32, arrayType: VariantArrayType.Array, value: [10, 20, 30] }),
});
const colour = own.addEnumerationType({ browseName: "Colour", enumeration: ["Red", "Green", "Blue"] });
own.addVariable({
  componentOf: machine,
  browseName: "Colour",
  nodeId: "s=Colour",
  dataType: colour,
  value: new Variant({ dataType: DataType.Int32, value: 2 }),
});
let target = 5;
own.addVariable({
  componentOf: machine,
  browseName: "Target",
  nodeId: "s=Target",
  dataType: "UInt16",
  value: {
    get: () => new Variant({ dataType: DataType.UInt16, value: target }),
    set(variant: Variant, callback: (error: Error | null, status: StatusCode) => void) {
      writes.push(String(variant.value));
      if (variant.value === 666) return callback(null, StatusCodes.BadOutOfRange);
      target = variant.value;
      if (!holdWrites) callback(null, StatusCodes.Good);
    },
  } as never,
});
for (let n = 0; n < options.extra; n++) {
  own.addVariable({
    componentOf: machine,
    browseName: `Extra${n}`,
    nodeId: `s=Extra${n}`,
    dataType: "Double",
    value: new Variant({ dataType: DataType.Double, value: n }),
  });
}

process.on("message", (order: PeerOrder) => {
  switch (order.kind) {
    case "set": {
      const variable = variables.get(order.node);
      const type = DataType[order.type as keyof typeof DataType];
      const value = order.special === undefined ? order.value : Number(order.special);
      variable?.setValueFromSource(
        new Variant({
          dataType: type,
          arrayType: order.array ? VariantArrayType.Array : VariantArrayType.Scalar,
          value,
        }),
        getStatusCodeFromCode(order.status ?? 0),
        order.time === undefined ? new Date() : new Date(order.time),
      );
      break;
    }
    case "hold-writes":
      holdWrites = order.hold;
      break;
    case "writes":
      process.send?.({ kind: "writes", writes });
      break;
  }
});
process.on("disconnect", () => process.exit());
await server.start();
process.send?.({ kind: "ready", port: options.port });
