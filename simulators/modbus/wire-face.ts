import { FaultBoard } from "./fault-board.ts";
import { framings } from "./framing.ts";
import { RequestDesk } from "./request-desk.ts";
import { ModbusTcpServer } from "./tcp-server.ts";
import type { ModbusUnit } from "./unit.ts";
import type { WriteLog } from "./write-log.ts";

/** Puts units on Modbus TCP, or on RTU frames over TCP, with a board of faults and a log of all writes. */
export class ModbusFace {
  readonly faults: FaultBoard;
  readonly #desk: RequestDesk;
  readonly #server: ModbusTcpServer;
  #line: Promise<void> = Promise.resolve();

  constructor(
    address: { readonly host: string; readonly port: number; readonly framing?: keyof typeof framings },
    units: ReadonlyMap<number, ModbusUnit>,
  ) {
    const framing = framings[address.framing ?? "mbap"];
    const schedule = (ms: number, run: () => void) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    };
    this.faults = new FaultBoard(() => this.#followFaults());
    this.#desk = new RequestDesk(units, this.faults, schedule, framing);
    this.#server = new ModbusTcpServer(address, (frame, connection) => this.#desk.handle(frame, connection), framing);
  }

  get port(): number {
    return this.#server.port;
  }

  get writes(): WriteLog {
    return this.#desk.writes;
  }

  get state() {
    return { port: this.port, ...this.#server.state, ...this.#desk.counters, faults: this.faults.active() };
  }

  /** Opens the port. Rejects with the system's error where it is taken. */
  listen(): Promise<void> {
    return this.#server.listen();
  }

  async close(): Promise<void> {
    this.#desk.close();
    await this.#server.cut();
  }

  /** Pulls or mends the cable, one change after the other: a port that is just opening cannot be closed. */
  #followFaults(): Promise<void> {
    const change = () => (this.faults.lineCut ? this.#server.cut() : this.#server.listen());
    this.#line = this.#line.then(change, change);
    return this.#line;
  }
}
