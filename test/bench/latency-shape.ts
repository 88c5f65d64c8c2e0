/** What the devices of the latency bench and the bench agree on. */
export const latencyShape = {
  /** Poll period of Modbus and publishing interval of OPC UA. */
  intervalMs: 100,
  /** From one change to the next, at random: longer than the poll period, so that none is missed. */
  changeFromMs: 120,
  changeToMs: 280,
  opcuaNode: "ns=1;s=Changed",
  mqttTopic: "bench/changed",
} as const;

export type LatencyPorts = { readonly modbus: number; readonly opcua: number; readonly mqtt: number };
