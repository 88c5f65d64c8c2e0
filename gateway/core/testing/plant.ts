import type {
  AuditSettings,
  DeclaredCommand,
  Equipment,
  Plant,
  ServerSettings,
  SignInLimits,
  Tag,
  Writable,
} from "../plant.ts";
import { textOf } from "../text.ts";

/** A small plant for tests: one press on one device, with everything a rule may ask for. */

const dayMs = 86_400_000;
export const testAudit: AuditSettings = {
  keep: { intervention: 1827 * dayMs, administration: 1827 * dayMs, "sign-in": 366 * dayMs, system: 1827 * dayMs },
};

export const testNotice = { text: textOf("Everything is recorded. Ask {contact}."), checked: true } as const;

export function testTag(handle: number, id: string, more: Partial<Tag> = {}): Tag {
  return {
    handle,
    name: `press/${id}`,
    id,
    equipment: "press",
    label: textOf(id),
    device: "plc",
    address: handle,
    type: "double",
    unit: undefined,
    decimals: undefined,
    range: undefined,
    normal: undefined,
    setpoint: undefined,
    texts: undefined,
    scale: 1,
    offset: 0,
    intervalMs: 100,
    expectMs: undefined,
    writable: undefined,
    record: true,
    formerly: [],
    ...more,
  };
}

export function testWritable(more: Partial<Writable> = {}): Writable {
  return {
    class: "C1",
    limits: undefined,
    maxStep: undefined,
    everyMs: undefined,
    values: undefined,
    states: undefined,
    only: undefined,
    feedback: { when: undefined, withinMs: 3000, tolerance: undefined },
    interlocks: [],
    approval: { required: false, preApproved: undefined },
    consequence: undefined,
    ...more,
  };
}

export function testCommand(id: string, more: Partial<DeclaredCommand> = {}): DeclaredCommand {
  return {
    id,
    name: textOf(id),
    class: "C2",
    do: [{ write: "recipe", value: 1 }],
    arguments: [],
    states: undefined,
    permit: undefined,
    interlocks: [],
    permissives: [],
    feedback: { when: "running", withinMs: 3000 },
    approval: { required: false, preApproved: undefined },
    consequence: undefined,
    ...more,
  };
}

export const pressTags: readonly Tag[] = [
  testTag(0, "speed", { unit: "1/min", writable: testWritable({ limits: [0, 500], maxStep: 50, everyMs: 1000 }) }),
  testTag(1, "key", { type: "boolean" }),
  testTag(2, "running", { type: "boolean" }),
  testTag(3, "stop_request", { type: "boolean", writable: testWritable({ only: "commands" }) }),
  testTag(4, "recipe", { type: "int32", writable: testWritable({ class: "C2" }) }),
  testTag(5, "guard", { type: "boolean" }),
];

export function testPress(more: Partial<Equipment> = {}): Equipment {
  return {
    id: "press",
    name: textOf("Press"),
    area: undefined,
    description: undefined,
    state: {
      cases: [
        { state: "Execute", when: "running" },
        { state: "Stopped", when: "!running" },
      ],
    },
    mode: undefined,
    local: { tag: "key", remote: true },
    lease: "off",
    onLossOfControl: undefined,
    stop: { do: [{ write: "stop_request", value: true }], feedback: { when: "!running", withinMs: 3000 } },
    commands: [],
    interlocks: [],
    permissives: [],
    emergencyStop: undefined,
    phoneControl: "watch",
    unattended: false,
    heartbeat: undefined,
    deviceLock: undefined,
    commissioning: undefined,
    tags: pressTags,
    highlights: [],
    phone: undefined,
    bookable: false,
    ...more,
  };
}

export const testSignInLimits: SignInLimits = {
  idleMs: 8 * 3_600_000,
  longestMs: 12 * 3_600_000,
  lockMs: 15 * 60_000,
  most: 20,
};

export const testServer: ServerSettings = {
  host: "127.0.0.1",
  port: 0,
  publicUrl: undefined,
  origins: [],
  trustedProxies: [],
  proxyHeader: "x-forwarded-for",
  limits: {
    requestsPerMinute: { address: 3000, user: 1500, organisation: 6000 },
    sockets: { all: 1000, user: 50, organisation: 200 },
    queries: { user: 6, organisation: 12 },
  },
  tls: { mode: "unset" },
};

export function testPlant(more: Partial<Plant> = {}, press: Partial<Equipment> = {}): Plant {
  const equipment = testPress(press);
  return {
    gatewayId: "test",
    site: { id: "test", name: "Test", timezone: "Europe/Rome", phone: "+39 02 0000000", notice: testNotice },
    server: { ...testServer },
    security: { secondFactor: "off", signIn: testSignInLimits, span: { staff: 2, guests: 1 }, audit: testAudit },
    historian: { store: "embedded", commitMs: 250, queueSamples: 100_000, targets: [] },
    devices: [{ id: "plc", driver: "bench", name: textOf("PLC"), settings: {}, intervalMs: 100, channel: "bench plc" }],
    equipment: [equipment],
    tags: equipment.tags,
    ...more,
  };
}
