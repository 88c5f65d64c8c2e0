import { z } from "zod";
import type { DriverManifest } from "../kit/driver-manifest.ts";
import { Command, CommandArgument } from "./schema/command.ts";
import { EquipmentSchema } from "./schema/equipment.ts";
import { DeviceShape, Root } from "./schema/root.ts";
import { TagSchema } from "./schema/tag.ts";

/** As much of JSON Schema 2020-12 as zod writes. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** The whole configuration as editors understand it, put together from the schemas and the drivers' manifests. */
export function jsonSchema(drivers: readonly DriverManifest[]): JsonSchema {
  const address = {
    description: "Where it is in the device; see the driver.",
    anyOf: drivers.map((driver) => ({ ...schemaOf(driver.addressPart ?? driver.address), description: driver.title })),
  };
  const isOptional = drivers.some((driver) => driver.expandAddresses);
  const tag = withProperty(schemaOf(TagSchema), "address", address, isOptional ? "optional" : "needed");
  const command = withEntries(schemaOf(Command), "arguments", schemaOf(CommandArgument));
  const equipment = withEntries(withEntries(schemaOf(EquipmentSchema), "tags", tag), "commands", command);
  const devices = { oneOf: drivers.map(deviceSchema) };
  return withEntries(withEntries(schemaOf(Root), "devices", devices), "equipment", equipment);
}

/** A device of one driver: the keys of every device and the driver's settings. */
export function deviceSchema(driver: DriverManifest): JsonSchema {
  const settings = schemaOf(driver.settings);
  const shared = schemaOf(z.strictObject(DeviceShape));
  return {
    ...settings,
    description: driver.summary,
    properties: {
      ...shared.properties,
      driver: { const: driver.name, description: driver.summary },
      ...settings.properties,
    },
    required: ["driver", ...(settings.required ?? [])],
  };
}

/** As it is written in the file: before defaults and durations are applied. */
export function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return rest;
}

function withProperty(schema: JsonSchema, key: string, property: JsonSchema, need: "needed" | "optional"): JsonSchema {
  const others = (schema.required ?? []).filter((each) => each !== key);
  return {
    ...schema,
    properties: { ...schema.properties, [key]: property },
    required: need === "needed" ? [...others, key] : others,
  };
}

/** The schema of what stands under each name of a group. */
function withEntries(schema: JsonSchema, key: string, entry: JsonSchema): JsonSchema {
  const group = schema.properties?.[key] ?? {};
  return { ...schema, properties: { ...schema.properties, [key]: { ...group, additionalProperties: entry } } };
}
