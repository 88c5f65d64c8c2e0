import { z } from "zod";
import { OrderError, readOrders } from "./orders.ts";
import type { RunningPlant } from "./plants/plant.ts";
import { type PlantOrder, plantTable } from "./plants/plant-table.ts";

/** Starts the plants in order; where one fails, those before it are closed again. */
async function startAll(orders: readonly PlantOrder[]): Promise<RunningPlant[]> {
  const running: RunningPlant[] = [];
  try {
    for (const { plant, brokerOf, ...options } of orders) {
      const broker = running.find((earlier) => earlier.name === brokerOf)?.broker;
      const kind = plantTable.get(plant);
      if (kind !== undefined) running.push(await kind.start(broker === undefined ? options : { ...options, broker }));
    }
    return running;
  } catch (error) {
    await closeAll(running);
    throw error;
  }
}

async function closeAll(running: readonly RunningPlant[]): Promise<void> {
  await Promise.all(running.map((plant) => plant.close()));
}

/** One line for the person who started it. */
function explained(error: unknown): string {
  if (error instanceof OrderError) return error.message;
  if (error instanceof z.ZodError) return z.prettifyError(error).replaceAll(/\s*\n\s*/g, " ");
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === "EADDRINUSE") return `port ${port} on ${address} is in use; stop what uses it or choose another port`;
  if (code === "EACCES") return `port ${port} on ${address} may not be opened by this user; choose one above 1023`;
  return error.message;
}

async function main(): Promise<void> {
  const orders = readOrders(process.argv.slice(2));
  const running = await startAll(orders.plants);
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    closeAll(running).then(() => process.exit(0), fail);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  if (orders.endWithStdin) process.stdin.on("end", end).on("close", end).resume();
  const plants = running.map((plant) => ({ plant: plant.name, ...plant.ports, ...plant.details }));
  process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, plants })}\n`);
}

function fail(error: unknown): void {
  process.stderr.write(`simulators: ${explained(error)}\n`);
  process.exit(1);
}

main().catch(fail);
