import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import modbus from "modbus-serial";
import {
  AttributeIds,
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  UserTokenType,
} from "node-opcua";
import type { MachineReady } from "./command-shape.ts";

/** One value of a machine, written and read by nothing but the library. */
export interface BareValue {
  /** Resolves when the device has answered. */
  write(value: number): Promise<void>;
  read(): Promise<number>;
  close(): Promise<void>;
}

const { default: ModbusRTU } = modbus;

/** A holding register. */
export async function bareRegister({ port }: MachineReady, register: number): Promise<BareValue> {
  const client = new ModbusRTU();
  await client.connectTCP("127.0.0.1", { port });
  client.setID(1);
  client.setTimeout(5000);
  return {
    write: async (value) => void (await client.writeRegister(register, value)),
    read: async () => (await client.readHoldingRegisters(register, 1)).data[0] ?? Number.NaN,
    close: () => new Promise((resolve) => client.close(() => resolve())),
  };
}

/** A variable of type Double, signed and encrypted as the gateway does it. */
export async function bareVariable(ready: MachineReady, nodeId: string): Promise<BareValue> {
  const folder = mkdtempSync(join(tmpdir(), "plancia-bench-client-"));
  const client = OPCUAClient.create({
    endpointMustExist: false,
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy.Basic256Sha256,
    connectionStrategy: { maxRetry: 1 },
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: folder,
      automaticallyAcceptUnknownCertificate: true,
    }),
  });
  await client.connect(`opc.tcp://127.0.0.1:${ready.port}`);
  const { user: userName = "", password = "" } = ready;
  const session = await client.createSession({ type: UserTokenType.UserName, userName, password });
  return {
    async write(value) {
      const dataValue = { value: { dataType: DataType.Double, value } };
      const status = await session.write({ nodeId, attributeId: AttributeIds.Value, value: dataValue });
      if (!status.isGood()) throw new Error(`bare client: ${status.name}`);
    },
    async read() {
      const { value } = await session.read({ nodeId, attributeId: AttributeIds.Value });
      return Number(value.value);
    },
    async close() {
      await session.close();
      await client.disconnect();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
