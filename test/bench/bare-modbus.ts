import modbus from "modbus-serial";

// The bare client beside the gateway: reads the same registers at 1 Hz and decodes them, nothing else.
const { default: ModbusRTU } = modbus;
const [port, units, perUnit] = process.argv.slice(2).map(Number) as [number, number, number];
const client = new ModbusRTU();
await client.connectTCP("127.0.0.1", { port });
client.setTimeout(2000);
let sum = 0;

async function cycle(): Promise<void> {
  for (let unit = 1; unit <= units; unit++) {
    client.setID(unit);
    for (let from = 0; from < perUnit; from += 124) {
      const { buffer } = await client.readHoldingRegisters(from, Math.min(124, perUnit - from));
      for (let at = 0; at + 4 <= buffer.length; at += 4) sum += buffer.readFloatBE(at);
    }
  }
}

let running = false;
setInterval(() => {
  if (running) return;
  running = true;
  cycle().then(
    () => {
      running = false;
    },
    (error: unknown) => {
      process.stderr.write(`bare client: ${String(error)} ${sum}\n`);
      process.exit(1);
    },
  );
}, 1000);
process.stdin.on("end", () => process.exit(0)).resume();
process.stdout.write("ready\n");
