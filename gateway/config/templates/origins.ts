import type { Origin, Origins, Path, Place, Places } from "../report.ts";
import { deviceId, type Instance } from "./instance.ts";
import { namesAt } from "./template.ts";

/**
 * Where in a template, and by which parameter, something stands that the configuration does not say itself. Looked up
 * when something is wrong, so that nothing is kept for ten thousand tags that are right.
 */
export class TemplateOrigins implements Origins {
  readonly #places: Places;
  readonly #machines = new Map<string, Instance>();
  readonly #devices = new Map<string, { readonly instance: Instance; readonly device: string }>();

  /** @param places of the configuration. */
  constructor(places: Places) {
    this.#places = places;
  }

  add(instance: Instance): void {
    this.#machines.set(instance.id, instance);
    for (const device of Object.keys(instance.template.devices))
      this.#devices.set(deviceId(instance.id, device), { instance, device });
  }

  of(path: Path): Origin | undefined {
    const [group, id, ...rest] = path;
    if (typeof id !== "string") return undefined;
    if (group === "devices") {
      const found = this.#devices.get(id);
      return found && this.#origin(found.instance, ["devices", found.device, ...rest]);
    }
    const instance = group === "equipment" ? this.#machines.get(id) : undefined;
    if (!instance) return undefined;
    const inTemplate: Path = ["machine", ...rest];
    const [own, theirs] = [known(this.#places, path, 2), known(instance.template.places, inTemplate, 1)];
    // What the machine says itself is told where it says it.
    if (own === rest.length && rest.length > 0) return undefined;
    return own > theirs ? undefined : this.#origin(instance, inTemplate);
  }

  #origin(instance: Instance, path: Path): Origin {
    const { template, given } = instance;
    const names = namesAt(template, path).filter((name) => template.parameters.has(name));
    const brought = names.flatMap((name) => given.get(name) ?? [])[0];
    const at = brought ?? instance;
    const line = nearest(template.places, path);
    const by = names.length === 0 ? "" : `; parameter ${names.join(", ")}`;
    const file = at.file === undefined ? "" : `, ${at.file}`;
    return {
      place: nearest(this.#places, at.path),
      says: ` (template ${template.name}, ${template.file}:${line.line}:${line.column}${by}${file})`,
      same: brought ? undefined : `${template.file}:${line.line}:${line.column}`,
    };
  }
}

/** How many steps of a path beyond the first ones a file has. */
function known(places: Places, path: Path, from: number): number {
  let steps = 0;
  while (from + steps < path.length && has(places, path.slice(0, from + steps + 1))) steps += 1;
  return steps;
}

function has(places: Places, path: Path): boolean {
  return (places.key(path) ?? places.value(path)) !== undefined;
}

function nearest(places: Places, path: Path): Place {
  for (let length = path.length; length > 0; length--) {
    const around = path.slice(0, length);
    const place = places.value(around) ?? places.key(around);
    if (place) return place;
  }
  return { line: 1, column: 1 };
}
