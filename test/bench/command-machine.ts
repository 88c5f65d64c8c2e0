import { createInterface } from "node:readline";
import { startFillingLine } from "../../simulators/plants/filling-line/plant.ts";
import { startFurnace } from "../../simulators/plants/furnace/plant.ts";
import type { Answered, Asked, Came, MachineReady } from "./command-shape.ts";

/**
 * One machine of the demo as a process of its own: `furnace` (Modbus) or `line` (OPC UA). Answers on stdout
 * what is asked on stdin, and ends with it.
 */
interface Machine {
  readonly ready: MachineReady;
  readonly answer: (asked: Asked) => Promise<Answered>;
}

const coilWrite = 5;

async function furnace(): Promise<Machine> {
  const { modbusPort, faults, writes } = await startFurnace({});
  return {
    ready: { port: modbusPort },
    answer: async (asked) => {
      if (asked.ask === "delay") {
        await faults.clear();
        if (asked.ms > 0) await faults.set({ kind: "delay", ms: asked.ms, on: "writes" });
        return { count: writes.count, writes: [] };
      }
      const since = writes.since(asked.since);
      return { count: writes.count, writes: since.map((each) => came(each, each.function === coilWrite)) };
    },
  };
}

async function line(): Promise<Machine> {
  const { opcuaPort, user, password, opcua } = await startFillingLine({ acceptAnyClient: true });
  return {
    ready: { port: opcuaPort, certificate: opcua.certificate.file, user, password },
    answer: async (asked) => {
      if (asked.ask === "delay") {
        await opcua.clearFaults();
        if (asked.ms > 0) await opcua.setFault({ kind: "delay", ms: asked.ms });
        return { count: opcua.writes.count, writes: [] };
      }
      const since = opcua.writes.since(asked.since).filter(({ node }) => !/Alive|Present|Lock/.test(node));
      return { count: opcua.writes.count, writes: since.map((each) => came(each, each.node.endsWith("StopRequest"))) };
    },
  };
}

function came({ seq, atMs }: { readonly seq: number; readonly atMs: number }, stop: boolean): Came {
  return { seq, atMs: performance.timeOrigin + atMs, stop };
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

const machine = await (process.argv[2] === "furnace" ? furnace() : line());
createInterface({ input: process.stdin })
  .on("line", (text) => {
    machine.answer(JSON.parse(text) as Asked).then(say, (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    });
  })
  .on("close", () => process.exit(0));
say({ ready: machine.ready });
