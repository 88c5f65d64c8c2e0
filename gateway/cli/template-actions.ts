import type { Finding, Place } from "./actions.ts";

interface Words {
  readonly en: string;
  readonly it: string;
}

/** A kind of machine of which machines can be made. */
export interface TemplateEntry {
  readonly name: string;
  readonly from: "own" | "shipped";
  /** What kind of machine; undefined: its file is wrong, and `problems` says how. */
  readonly title: Words | undefined;
  readonly parameters: number;
  readonly problems: readonly string[];
}

export interface TemplateParameter {
  readonly name: string;
  /** `whole`, or `one of big, little`. */
  readonly type: string;
  /** As YAML; undefined: none. */
  readonly default: string | undefined;
  readonly needed: boolean;
  readonly description: Words;
}

export interface ShownTemplate {
  readonly name: string;
  /** Where its file is. */
  readonly file: string;
  readonly title: Words;
  readonly description: Words | undefined;
  readonly parameters: readonly TemplateParameter[];
  readonly devices: readonly string[];
  readonly tags: readonly string[];
  readonly commands: readonly string[];
}

/** One to be made for looking at it, or one that the configuration makes. */
export type RenderAsked =
  | { readonly template: string; readonly id: string; readonly given: ReadonlyMap<string, string> }
  | { readonly equipment: string };

export type Rendered =
  | { readonly ok: true; readonly yaml: string }
  | { readonly ok: false; readonly problems: readonly Pick<Finding, "message">[] };

/** Templates beside the configuration and those that are shipped. No gateway is asked, and no secret is opened. */
export interface TemplateActions {
  templates(place: Place): Promise<readonly TemplateEntry[]>;
  /** @throws PlanciaError request/not-found, start/config where its file is wrong. */
  template(place: Place, name: string): Promise<ShownTemplate>;
  /** Devices and machine as the gateway takes them. @throws PlanciaError request/not-found. */
  renderTemplate(place: Place, asked: RenderAsked): Promise<Rendered>;
}
