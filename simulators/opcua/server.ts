import { MessageSecurityMode, nodesets, OPCUAServer, SecurityPolicy } from "node-opcua";
import type { Account } from "../line/account.ts";
import type { Application, Pki } from "./pki.ts";
import type { OpcuaServerOptions } from "./server-options.ts";

const securePolicies = [
  SecurityPolicy.Basic256Sha256,
  SecurityPolicy.Aes128_Sha256_RsaOaep,
  SecurityPolicy.Aes256_Sha256_RsaPss,
];
const secureModes = [MessageSecurityMode.SignAndEncrypt, MessageSecurityMode.Sign];
const mostConnections = 64;
const mostSessions = 64;

/** A server with an empty namespace of its own, not yet listening. It listens on a free port of 127.0.0.1: the line stands in front. */
export async function makeServer(
  application: Application,
  pki: Pki,
  account: Account,
  options: OpcuaServerOptions,
): Promise<OPCUAServer> {
  const server = new OPCUAServer({
    port: 0,
    host: "127.0.0.1",
    hostname: application.host,
    nodesets: [nodesets.standard],
    serverCertificateManager: pki.store,
    userCertificateManager: pki.store,
    certificateFile: pki.certificateFile,
    privateKeyFile: pki.privateKeyFile,
    securityPolicies: options.allowNone ? [...securePolicies, SecurityPolicy.None] : securePolicies,
    securityModes: options.allowNone ? [...secureModes, MessageSecurityMode.None] : secureModes,
    allowAnonymous: options.anonymous,
    userManager: {
      isValidUser: (user: string, password: string) => user === account.user && password === account.password,
    },
    maxConnectionsPerEndpoint: mostConnections,
    serverCapabilities: { maxSessions: mostSessions },
    isAuditing: false,
    serverInfo: { applicationUri: application.uri, applicationName: { text: application.name } },
    buildInfo: { productName: application.name, manufacturerName: "Plancia simulators" },
  });
  await server.initialize();
  return server;
}

/** Starts listening; returns the port behind the line. */
export async function openServer(server: OPCUAServer): Promise<number> {
  await server.start();
  return server.endpoints[0]?.port ?? 0;
}

/** What GetEndpoints tells clients: the port of the line, not the one behind it. */
export function announcePort(server: OPCUAServer, port: number): void {
  for (const endpoint of server.endpoints) endpoint.port = port;
}
