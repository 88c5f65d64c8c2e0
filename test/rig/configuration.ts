import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { root } from "./node-process.ts";

/** As far as tests change it. */
export interface Configuration {
  devices: Record<string, Record<string, unknown>>;
  equipment: Record<string, { tags: Record<string, Record<string, unknown>> } & Record<string, unknown>>;
  [section: string]: unknown;
}

export const sitePhone = "+39 02 5550199";

/** The demo's furnace alone, on another port and a site of its own: tests try what `npm start` shows. */
export function furnaceConfiguration(modbusPort: number): Configuration {
  const demo = parse(readFileSync(join(root, "config", "gateway.yaml"), "utf8")) as Configuration;
  const { furnace } = demo.equipment;
  const plc = demo.devices["furnace-plc"];
  if (!furnace || !plc) throw new Error("the demo's configuration has no furnace any more");
  return {
    version: 1,
    gateway: { id: "rig" },
    site: { id: "rig", name: "Rig hall", timezone: "Europe/Rome", phone: sitePhone },
    server: { listen: "127.0.0.1:0" },
    security: { secondFactor: "off" },
    historian: { store: "embedded" },
    devices: { "furnace-plc": { ...plc, port: modbusPort } },
    equipment: { furnace },
  };
}

export function writeConfiguration(file: string, configuration: Configuration): void {
  writeFileSync(file, stringify(configuration, { aliasDuplicateObjects: false }));
}
