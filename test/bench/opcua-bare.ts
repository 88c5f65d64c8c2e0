import { AttributeIds, MessageSecurityMode, OPCUAClient, SecurityPolicy, TimestampsToReturn } from "node-opcua";

// The bare client beside the gateway: the same variables in one subscription, each value looked at, nothing else.
const [endpoint = "", count = "1000"] = process.argv.slice(2);
const intervalMs = 1000;
const client = OPCUAClient.create({
  endpointMustExist: false,
  securityMode: MessageSecurityMode.None,
  securityPolicy: SecurityPolicy.None,
  connectionStrategy: { maxRetry: 1 },
});
await client.connect(endpoint);
const session = await client.createSession();
const subscription = await session.createSubscription2({
  requestedPublishingInterval: intervalMs,
  requestedMaxKeepAliveCount: 2,
  requestedLifetimeCount: 60,
  maxNotificationsPerPublish: 10_000,
  publishingEnabled: true,
});
const nodes = Array.from({ length: Number(count) }, (_, index) => ({
  nodeId: `ns=1;s=Scale.V${String(index).padStart(5, "0")}`,
  attributeId: AttributeIds.Value,
}));
let sum = 0;
const parameters = { samplingInterval: intervalMs, queueSize: 10, discardOldest: true };
for (let from = 0; from < nodes.length; from += 1000) {
  const group = await subscription.monitorItems(nodes.slice(from, from + 1000), parameters, TimestampsToReturn.Source);
  group.on("changed", (_item, value) => {
    sum += Number(value.value.value);
  });
}
process.stdin
  .on("end", () => {
    process.stderr.write(Number.isFinite(sum) ? "" : "bare client: what came were no numbers\n");
    process.exit(0);
  })
  .resume();
process.stdout.write("ready\n");
