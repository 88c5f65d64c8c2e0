import type { KioskView } from "../../gateway/api/wire/kiosk.ts";
import type { Problem } from "../../gateway/api/wire/scalars.ts";
import type { Configuration } from "./configuration.ts";
import type { Plant } from "./plant.ts";

/** Whose PINs are taken at the machine. */
export const anna = { user: "anna", pin: "482915" } as const;
export const bruno = { user: "bruno", pin: "730164" } as const;

/**
 * The furnace with a command that waits for an attendant. Its door stands for the contact of an
 * emergency-stop chain, its heating for the reset.
 */
export function guardedFurnace({ equipment }: Configuration): void {
  const address = { table: "input", register: 11, type: "uint16" };
  Object.assign(equipment.furnace?.tags ?? {}, { fan_in_force: { device: "furnace-plc", address } });
  Object.assign(equipment.furnace ?? {}, {
    onLossOfControl: { policy: "continue" },
    emergencyStop: { tag: "door", closed: true, reset: "running" },
    commands: {
      warm: {
        name: { en: "Warm up", it: "Scalda" },
        class: "C2",
        do: [{ write: "fan", value: 80 }],
        permit: { attendant: { within: "60s" } },
        feedback: { when: "fan_in_force > 79", within: "5s" },
        consequence: { en: "The chamber heats up", it: "La camera si scalda" },
      },
    },
  });
}

/** Everybody who has a PIN gets it. */
export async function setPins(plant: Plant): Promise<void> {
  for (const { user, pin } of [anna, bruno]) {
    const { code, stderr } = await plant.plancia(["user", "pin", user, "--pin-stdin"], `${pin}\n`);
    if (code !== 0) throw new Error(`user pin ${user}: ${stderr}`);
  }
}

export interface KioskAnswer {
  readonly status: number;
  readonly body: KioskView & Problem;
}

/** A device at the machine, with a program instead of a browser. */
export class KioskDevice {
  readonly #url: string;
  readonly #cookie: string;

  constructor(url: string, cookie: string) {
    this.#url = url;
    this.#cookie = cookie;
  }

  /** Adds one on the box and opens its link. */
  static async enrol(plant: Plant, equipment: string, name: string): Promise<{ id: string; device: KioskDevice }> {
    const { id, secret } = await addKiosk(plant, equipment, name);
    const response = await post(plant.url, "/enrol", { secret }, "");
    const cookie = response.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    if (response.status !== 200) throw new Error(`enrolment: ${await response.text()}`);
    return { id, device: new KioskDevice(plant.url, cookie) };
  }

  async now(headers: Record<string, string> = {}): Promise<KioskAnswer> {
    const response = await fetch(`${this.#url}/api/v1/kiosk`, { headers: { cookie: this.#cookie, ...headers } });
    return { status: response.status, body: (await response.json()) as KioskAnswer["body"] };
  }

  async post(path: string, body: unknown): Promise<KioskAnswer> {
    const response = await post(this.#url, path, body, this.#cookie);
    return { status: response.status, body: (await response.json()) as KioskAnswer["body"] };
  }
}

/** `plancia kiosk add`: the id, and the secret of the link that it prints. */
export async function addKiosk(plant: Plant, equipment: string, name: string): Promise<{ id: string; secret: string }> {
  const ended = await plant.plancia(["kiosk", "add", equipment, "--name", name, "--url", plant.url]);
  const id = /\(([0-9a-f]{12})\)/.exec(ended.stdout)?.[1];
  const secret = /#\/kiosk\?secret=(\S+)/.exec(ended.stdout)?.[1];
  if (ended.code !== 0 || id === undefined || secret === undefined) throw new Error(`kiosk add: ${ended.stderr}`);
  return { id, secret };
}

function post(url: string, path: string, body: unknown, cookie: string): Promise<Response> {
  return fetch(`${url}/api/v1/kiosk${path}`, {
    method: "POST",
    headers: { cookie, origin: url, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}
