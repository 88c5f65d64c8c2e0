import { z } from "zod";
import type { DriverManifest } from "../kit/driver-manifest.ts";
import { Command, CommandArgument } from "./schema/command.ts";
import { DerivedSchema } from "./schema/derived.ts";
import { EquipmentSchema } from "./schema/equipment.ts";
import { DeviceShape, Root } from "./schema/root.ts";
import { TagSchema } from "./schema/tag.ts";
import { InstanceShape, Parameter, Table, TemplateFile } from "./schema/template.ts";

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
  const devices = { oneOf: drivers.map(deviceSchema) };
  const equipment = { anyOf: [machineSchema(drivers), instanceSchema(drivers)] };
  const root = withEntries(withEntries(schemaOf(Root), "devices", devices), "equipment", equipment);
  return withEntries(root, "tables", schemaOf(Table));
}

/** A machine that is written out. */
export function machineSchema(drivers: readonly DriverManifest[]): JsonSchema {
  const command = withEntries(schemaOf(Command), "arguments", schemaOf(CommandArgument));
  return withEntries(withEntries(schemaOf(EquipmentSchema), "tags", tagSchema(drivers)), "commands", command);
}

/** A machine that is made of a template: nothing of what it says itself need be whole. */
function instanceSchema(drivers: readonly DriverManifest[]): JsonSchema {
  const machine = machineSchema(drivers);
  const own = schemaOf(z.strictObject(InstanceShape));
  const partly = (key: string): JsonSchema => {
    const { anyOf, ...entry } = loose(machine.properties?.[key]?.additionalProperties || {});
    return anyOf ? { ...entry, anyOf: anyOf.map(loose) } : entry;
  };
  const whole = { ...machine, properties: { ...own.properties, ...machine.properties } };
  return withEntries(withEntries(whole, "tags", partly("tags")), "commands", partly("commands"));
}

function loose({ required: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

function tagSchema(drivers: readonly DriverManifest[]): JsonSchema {
  const address = {
    description: "Where it is in the device; see the driver.",
    anyOf: drivers.map((driver) => ({ ...schemaOf(driver.addressPart ?? driver.address), description: driver.title })),
  };
  const isOptional = drivers.some((driver) => driver.expandAddresses);
  const ofDevice = withProperty(schemaOf(TagSchema), "address", address, isOptional ? "optional" : "needed");
  return {
    anyOf: [
      { ...ofDevice, title: "of a device" },
      { ...schemaOf(DerivedSchema), title: "computed by the gateway" },
    ],
  };
}

/** The file of a template: a machine and devices in which a parameter may stand wherever one value does. */
export function templateSchema(drivers: readonly DriverManifest[]): JsonSchema {
  const devices = { anyOf: drivers.map(deviceSchema).map(withPlaceholders) };
  const file = withEntries(schemaOf(TemplateFile), "parameters", schemaOf(Parameter));
  const machine = {
    ...withPlaceholders(machineSchema(drivers)),
    description: file.properties?.["machine"]?.description,
  };
  return withProperty(withEntries(file, "devices", devices), "machine", machine, "needed");
}

const placeholder: JsonSchema = { type: "string", pattern: "\\$\\{" };

function withPlaceholders(schema: JsonSchema): JsonSchema {
  const { oneOf, anyOf, description, ...rest } = schema;
  const choices = anyOf ?? oneOf;
  const told = description === undefined ? {} : { description };
  if (choices) return { ...rest, ...told, anyOf: [...choices.map(withPlaceholders), placeholder] };
  if (schema.type === "object" || schema.properties) {
    const { properties, additionalProperties: entry } = schema;
    const inner = Object.entries(properties ?? {}).map(([key, each]) => [key, withPlaceholders(each)] as const);
    return {
      ...schema,
      ...(properties === undefined ? {} : { properties: Object.fromEntries(inner) }),
      ...(entry ? { additionalProperties: withPlaceholders(entry) } : {}),
    };
  }
  const { items, prefixItems } = schema;
  const list = {
    ...rest,
    ...(items ? { items: withPlaceholders(items) } : {}),
    ...(prefixItems ? { prefixItems: prefixItems.map(withPlaceholders) } : {}),
  };
  // What says which driver it is, and what takes any value already, stays as it is.
  if (schema.const !== undefined || schema.type === undefined) return { ...list, ...told };
  return { ...told, anyOf: [list, placeholder] };
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
