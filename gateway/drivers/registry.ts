import type { DriverManifest } from "../kit/driver-manifest.ts";
import { modbus } from "./modbus/manifest.ts";
import { mqtt } from "./mqtt/manifest.ts";
import { opcua } from "./opcua/manifest.ts";

/** One line a driver. */
export const drivers: readonly DriverManifest[] = [modbus, mqtt, opcua];
