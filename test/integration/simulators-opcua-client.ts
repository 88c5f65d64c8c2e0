import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttributeIds,
  type ClientSession,
  type DataType,
  type DataValue,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  UserTokenType,
  Variant,
  VariantArrayType,
} from "node-opcua";

/** A client's own certificate and trust list in a folder that goes with the test. */
export interface ClientPki {
  readonly store: OPCUACertificateManager;
  readonly certificateFile: string;
  /** Puts a server's certificate into the trust list. */
  trust(certificateFile: string): Promise<void>;
  close(): Promise<void>;
}

const applicationUri = "urn:plancia:test:client";

export async function openClientPki(): Promise<ClientPki> {
  const folder = await mkdtemp(join(tmpdir(), "simulators-client-"));
  const store = new OPCUACertificateManager({ rootFolder: folder, keySize: 2048, disableFileWatchers: true });
  await store.initialize();
  const certificateFile = join(folder, "own", "certs", "client_certificate.pem");
  await store.createSelfSignedCertificate({
    outputFile: certificateFile,
    applicationUri,
    subject: "/CN=Simulators' test client",
    dns: ["localhost"],
    startDate: new Date(Date.now() - 86_400_000),
    validity: 30,
  });
  return {
    store,
    certificateFile,
    async trust(file) {
      await store.trustCertificate(new X509Certificate(await readFile(file)).raw);
    },
    async close() {
      await store.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Connects as a person would with an OPC UA tool. Rejects where one of the two does not trust the other. */
export async function connectClient(
  url: string,
  pki: ClientPki,
  security: { readonly mode?: MessageSecurityMode; readonly policy?: SecurityPolicy } = {},
): Promise<OPCUAClient> {
  const client = OPCUAClient.create({
    applicationName: "test",
    applicationUri,
    clientCertificateManager: pki.store,
    certificateFile: pki.certificateFile,
    privateKeyFile: pki.store.privateKey,
    securityMode: security.mode ?? MessageSecurityMode.SignAndEncrypt,
    securityPolicy: security.policy ?? SecurityPolicy.Basic256Sha256,
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0, initialDelay: 50, maxDelay: 100 },
  });
  try {
    await client.connect(url);
  } catch (error) {
    await client.disconnect();
    throw error;
  }
  return client;
}

export function logIn(client: OPCUAClient, userName: string, password: string): Promise<ClientSession> {
  return client.createSession({ type: UserTokenType.UserName, userName, password });
}

export function readOne(session: ClientSession, id: string): Promise<DataValue> {
  return session.read({ nodeId: `ns=1;s=${id}`, attributeId: AttributeIds.Value });
}

/** The name of the status that the server answers. */
export async function writeOne(
  session: ClientSession,
  id: string,
  dataType: DataType,
  value: unknown,
): Promise<string> {
  const status = await session.write({
    nodeId: `ns=1;s=${id}`,
    attributeId: AttributeIds.Value,
    value: { value: new Variant({ dataType, arrayType: VariantArrayType.Scalar, value }) },
  });
  return status.name;
}
