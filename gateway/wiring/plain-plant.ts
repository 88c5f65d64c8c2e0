import { withoutSecrets as textWithoutSecrets } from "../config/without-secrets.ts";
import { canonicalJson } from "../core/audit/canonical.ts";
import type { Plant } from "../core/plant.ts";
import { drivers } from "../drivers/registry.ts";
import type { KeptConfiguration } from "../services/configuration-versions.ts";

/** @param text the file that the plant was read from. */
export function keptConfiguration(plant: Plant, text: string): KeptConfiguration {
  return { ...textWithoutSecrets(text), plain: canonicalJson(plainPlant(plant)) };
}

/** The configuration as it is compared from start to start: by id, and without secrets (S10). */
export function plainPlant(plant: Plant): unknown {
  const { gatewayId, site, server, security, historian, driverThreads, devices, equipment } = plant;
  const targets = historian.targets.map(({ credentials: _, ...target }) => [target.id, target] as const);
  return {
    gateway: gatewayId,
    ...{ site, server, security: withoutClientSecrets(security) },
    historian: { ...historian, targets: Object.fromEntries(targets) },
    ...(driverThreads?.size && { drivers: Object.fromEntries(driverThreads) }),
    devices: Object.fromEntries(
      devices.map(({ id, settings, ...device }) => [
        id,
        { ...device, settings: withoutSecrets(device.driver, settings) },
      ]),
    ),
    equipment: Object.fromEntries(
      equipment.map(({ id, tags, commands, ...machine }) => [
        id,
        {
          ...machine,
          tags: Object.fromEntries(tags.map(({ handle: _, ...tag }) => [tag.id, tag])),
          commands: Object.fromEntries([...commands.values()].map((command) => [command.id, command])),
        },
      ]),
    ),
  };
}

function withoutClientSecrets({ providers, ...security }: Plant["security"]): unknown {
  const plain = (providers ?? []).map(({ clientSecret: _, ...provider }) => [provider.id, provider] as const);
  return { ...security, providers: Object.fromEntries(plain) };
}

function withoutSecrets(driver: string, settings: unknown): unknown {
  const secrets = new Set(drivers.find(({ name }) => name === driver)?.secrets ?? []);
  return Object.fromEntries(Object.entries(settings as object).filter(([key]) => !secrets.has(key)));
}
