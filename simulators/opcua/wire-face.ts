import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressSpace, OPCUAServer, ServerSession } from "node-opcua";
import type { NumberedLog } from "../faults/numbered-log.ts";
import { StandingFaults } from "../faults/standing-faults.ts";
import type { Account } from "../line/account.ts";
import { TcpLine } from "../line/tcp-line.ts";
import type { WireFace } from "../process/open-plant.ts";
import { type OpcuaFault, opcuaFault, opcuaFaultKey } from "./fault.ts";
import { buildLockNodes } from "./lock-nodes.ts";
import { type LoggedWrite, OpcuaDesk } from "./machine-desk.ts";
import { buildMachineNodes, type MachineNode, type OpcuaMachine } from "./machine-nodes.ts";
import { sessionId } from "./peer.ts";
import { type Application, forgetOwnCertificate, openPki, type Pki } from "./pki.ts";
import { silenceLibrary } from "./quiet.ts";
import { announcePort, makeServer, openServer } from "./server.ts";
import type { OpcuaServerOptions } from "./server-options.ts";

export interface OpcuaFaceSettings extends OpcuaServerOptions {
  readonly host: string;
  readonly port: number;
  readonly application: string;
  readonly account: Account;
}

/** What of the certificates the starter of a plant has to know. */
export interface ServerCertificate {
  readonly file: string;
  readonly fingerprint: string;
  readonly trustedFolder: string;
}

/** Puts a machine on OPC UA, with faults between and a log of all writes. */
export class OpcuaFace implements WireFace {
  readonly faults: StandingFaults<OpcuaFault>;
  readonly #settings: OpcuaFaceSettings;
  readonly #machine: OpcuaMachine;
  readonly #line: TcpLine;
  readonly #desk: OpcuaDesk;
  readonly #build: (addressSpace: AddressSpace) => readonly MachineNode[];
  #pki: Pki | undefined;
  #ownFolder: string | undefined;
  #server: OPCUAServer | undefined;
  #nodes: readonly MachineNode[] = [];
  #innerPort = 0;
  #revision: number | undefined;

  constructor(machine: OpcuaMachine, settings: OpcuaFaceSettings) {
    silenceLibrary();
    this.#settings = settings;
    this.#machine = machine;
    this.#line = new TcpLine(settings, () => connect(this.#innerPort, "127.0.0.1").setNoDelay(true));
    this.faults = new StandingFaults(opcuaFaultKey, () => this.#followFaults());
    this.#desk = new OpcuaDesk(this.faults, () => this.#line.resetConnections(), machine.lock);
    this.#build = (addressSpace) => [
      ...buildMachineNodes(addressSpace, machine, this.#desk),
      ...(machine.lock === undefined ? [] : buildLockNodes(addressSpace, machine.name, machine.lock, this.#desk)),
    ];
  }

  get port(): number {
    return this.#line.port;
  }

  get writes(): NumberedLog<LoggedWrite> {
    return this.#desk.writes;
  }

  get frozen(): boolean {
    return this.faults.of("freeze") !== undefined;
  }

  /** Defined from `listen` on. */
  get certificate(): ServerCertificate {
    const { certificateFile: file = "", fingerprint = "", trustedFolder = "" } = this.#pki ?? {};
    return { file, fingerprint, trustedFolder };
  }

  get state() {
    const server = this.#server;
    return {
      port: this.port,
      ...this.#line.state,
      sessions: server?.currentSessionCount ?? 0,
      subscriptions: server?.currentSubscriptionCount ?? 0,
      refusedSessions: server?.rejectedSessionCount ?? 0,
      writes: this.writes.count,
      fingerprint: this.certificate.fingerprint,
      faults: this.faults.active(),
    };
  }

  /** Opens the port. Rejects with the system's error where it is taken. */
  async listen(): Promise<void> {
    try {
      await this.#line.listen();
      await this.#startServer();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Shows what has changed in the machine. */
  beat(): void {
    const revision = this.#machine.revision?.();
    if (revision !== undefined && revision === this.#revision) return;
    this.#revision = revision;
    this.#desk.publish(this.#nodes, Date.now());
  }

  /** Puts an `OpcuaFaultInput` in force. Throws ZodError on a fault that does not exist. */
  async setFault(input: unknown): Promise<void> {
    const fault = opcuaFault.parse(input);
    if (fault.kind === "swap-certificate") await this.#swapCertificate();
    else await this.faults.set(fault);
    this.#showAll();
  }

  async clearFaults(): Promise<void> {
    await this.faults.clear();
    this.#showAll();
  }

  async close(): Promise<void> {
    await this.#line.close();
    await this.#stopServer();
    if (this.#ownFolder !== undefined) await rm(this.#ownFolder, { recursive: true, force: true });
    this.#ownFolder = undefined;
  }

  #showAll(): void {
    this.#revision = undefined;
    this.beat();
  }

  async #startServer(): Promise<void> {
    const { host, account } = this.#settings;
    const name = this.#settings.application;
    const application: Application = { uri: `urn:plancia:simulators:${name}`, name: `Plancia ${name}`, host };
    const folder = this.#settings.pki ?? this.#ownFolder ?? (await mkdtemp(join(tmpdir(), "simulated-pki-")));
    if (this.#settings.pki === undefined) this.#ownFolder = folder;
    this.#pki = await openPki(folder, application, {
      anyone: this.#settings.acceptAnyClient,
      alsoTrusted: this.#settings.trust,
    });
    const server = await makeServer(application, this.#pki, account, this.#settings);
    this.#server = server;
    server.on("session_closed", (session: ServerSession) => this.#machine.lock?.sessionEnded(sessionId(session)));
    const { addressSpace } = server.engine;
    if (addressSpace === null) throw new Error(`the address space of ${this.#machine.name} is not there`);
    this.#nodes = this.#build(addressSpace);
    this.#desk.forget();
    this.#showAll();
    this.#innerPort = await openServer(server);
    announcePort(server, this.port);
  }

  async #stopServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#nodes = [];
    await server?.shutdown(0);
    await this.#pki?.close();
    this.#pki = undefined;
  }

  /** As when somebody reinstalls the controller: another key, another certificate, the same address. */
  async #swapCertificate(): Promise<void> {
    await this.#line.close();
    const pki = this.#pki;
    await this.#stopServer();
    if (pki !== undefined) await forgetOwnCertificate(pki);
    await this.#startServer();
    await this.#followFaults();
  }

  #followFaults(): Promise<void> {
    return this.#line.follow({
      cut: this.faults.of("cut") !== undefined,
      hung: this.faults.of("hang") !== undefined,
      answerDelayMs: this.faults.of("delay")?.ms ?? 0,
    });
  }
}
