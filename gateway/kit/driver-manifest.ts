import type { z } from "zod";
import type { CertificateDesk, DriverCapabilities, DriverModule } from "../core/driver-port.ts";

/** A tag as it stands in the file, before anything of it is checked. */
export interface DeclaredTag {
  readonly equipment: string;
  readonly tag: string;
  readonly address: unknown;
  readonly writable: boolean;
}

/** Where and what: below `tag`, or below the device where there is none. */
export interface WrongExpansion {
  readonly tag?: Pick<DeclaredTag, "equipment" | "tag">;
  readonly path: readonly (string | number)[];
  readonly why: string;
}

export interface Expansion {
  /** By the tag's full name, as it would be written in the file. Tags that are not here keep what they have. */
  readonly addresses: ReadonlyMap<string, unknown>;
  readonly wrong: readonly WrongExpansion[];
}

/**
 * What stands in `drivers/<name>/manifest.ts`: everything the rest of the house may know of a driver
 * without loading its code. `settings` and `address` are zod objects whose descriptions become the
 * reference page, the JSON Schema and the forms.
 */
export interface DriverManifest<Settings extends z.ZodType = z.ZodType, Address extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** The keys of a device besides `driver`, `name` and `interval`. */
  readonly settings: Settings;
  /** The `address` of a tag. */
  readonly address: Address;
  /** The address of a method, where the driver can call one. */
  readonly method?: z.ZodType | undefined;
  /** The address of a device's own lock, where the driver can take one. */
  readonly lock?: z.ZodType | undefined;
  readonly capabilities: DriverCapabilities;
  /** Poll period or publishing interval where the configuration names none, ms. */
  readonly defaultIntervalMs: number;
  /** Devices of one driver with the same text share one channel. */
  channelKey(settings: z.output<Settings>): string;
  /** What keeps a device off the channel of another, by the key at which it differs; undefined: nothing. */
  checkShared?(
    settings: z.output<Settings>,
    first: { readonly device: string; readonly settings: z.output<Settings> },
  ): { readonly path: readonly string[]; readonly why: string } | undefined;
  /** Secrets among the settings, by key: never shown, never logged. */
  readonly secrets: readonly string[];
  /**
   * Settings, by key, that only say how to speak with the device. A change of any other one may mean another
   * machine at the other end, and waits to be accepted where something can be written (R9).
   */
  readonly tuning?: readonly string[];
  /** The addresses that a device's settings give to its tags, wholly or in part; asked once, before any tag is read. */
  expandAddresses?(settings: z.output<Settings>, tags: readonly DeclaredTag[]): Expansion;
  /** What may stand at a tag whose address `expandAddresses` completes; `address` where it is not given. */
  readonly addressPart?: z.ZodType | undefined;
  /** What is wrong with this combination of settings, type and address that the schemas cannot say; undefined: nothing. */
  checkTag?(
    settings: z.output<Settings>,
    tag: { readonly type: string; readonly address: z.output<Address>; readonly writable: boolean },
  ): string | undefined;
  /** The data type of a tag whose configuration names none; undefined: it must be named. */
  typeOf?(address: z.output<Address>): string | undefined;
  /**
   * How often a device of this driver proves that it lives, ms, where that is not its interval: freshness (R16)
   * expects a sign of life this often from tags that name no `expect`.
   */
  aliveEveryMs?(settings: z.output<Settings>, intervalMs: number): number;
  /** The trust list of a protocol with certificates, loaded without the driver's code. */
  certificates?(): Promise<CertificateDesk>;
  load(): Promise<DriverModule>;
  /** Where the code that `load` loads lies, for a thread of the driver's own. */
  readonly code: URL;
  /** Whether devices with these settings can be spoken to from the gateway's own thread only. */
  needsGatewayThread?(settings: z.output<Settings>): boolean;
}

export function defineDriver<S extends z.ZodType, A extends z.ZodType>(
  manifest: DriverManifest<S, A>,
): DriverManifest<S, A> {
  return manifest;
}
