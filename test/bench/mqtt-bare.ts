import mqtt from "mqtt";

// The bare client beside the gateway: the same topics, each message parsed, nothing else.
const [url = "", user = "", password = "", count = "1000"] = process.argv.slice(2);
const client = mqtt.connect(url, { username: user, password, reconnectPeriod: 0 });
client.on("error", (error) => {
  process.stderr.write(`bare client: ${error.message}\n`);
  process.exit(1);
});
let sum = 0;
client.on("message", (_topic, payload) => {
  sum += (JSON.parse(payload.toString()) as { value: number }).value;
});
const topics = Array.from({ length: Number(count) }, (_, index) => `scale/${String(index).padStart(5, "0")}`);
await client.subscribeAsync(topics);
process.stdin
  .on("end", () => {
    process.stderr.write(Number.isFinite(sum) ? "" : "bare client: what came were no numbers\n");
    process.exit(0);
  })
  .resume();
process.stdout.write("ready\n");
