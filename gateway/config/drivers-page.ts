import type { DriverCapabilities } from "../core/driver-port.ts";
import type { DriverManifest } from "../kit/driver-manifest.ts";
import { optionsOf } from "./reference.ts";

const introduction = `# Drivers

Generated from the manifests and samples of the drivers; \`npm run generate\` writes it anew. Do not edit it by hand.

A driver speaks one protocol and nothing else: no retry, no scaling, no freshness, no rights. Those are the gateway's
(\`gateway/services/acquisition\`), once for all protocols. Each runs in a thread of its own (\`gateway/isolation\`), which is
ended when it hangs or fails, and started again; \`drivers: { NAME: { thread: gateway } }\` leaves one in the gateway's, and a
serial port always is there. What was tried against which peers, and what a protocol cannot
keep, stands in the README of each driver's folder.
`;

const howTo = `## A new driver in an afternoon

One folder and one line:

1. \`gateway/drivers/NAME/manifest.ts\`: \`export const NAME = defineDriver({ … })\` (\`gateway/kit/driver-manifest.ts\`). The zod
   objects \`settings\` and \`address\` are the forms, the JSON Schema, this page and the checks with line and column;
   describe each key. \`secrets\` names what is never shown, \`tuning\` what may change without a person accepting it (R9),
   \`channelKey\` which devices share a connection.
2. \`gateway/drivers/NAME/driver.ts\`: \`createChannel(devices, context)\` gives a \`Channel\` (\`gateway/core/driver-port.ts\`). It
   connects once and throws a \`PlanciaError\` of kind \`device/…\` with words for a person; when the connection breaks it calls
   \`context.lost(error)\` once. \`read\` or \`subscribe\` give values as they came, each with a status (OPC UA Part 4 §7.39) and
   the device's own time; what could not be read is a Bad value, never the last one. \`write\` sends once, looks at
   \`notAfterMs\` and \`withdrawn\` right before the bytes leave, lets lane \`stop\` past everything that waits, and says
   \`written\` only where the device confirmed; bytes without an answer are \`unknown\`.
3. \`gateway/drivers/NAME/sample.yaml\`: devices and tags as an integrator would write them; a test reads it.
4. One line in \`gateway/drivers/registry.ts\`. No other file names a driver; the architecture test sees to it. Then
   \`npm run generate\`.
5. A simulator in \`simulators/NAME\` and the driver in the conformance suite (\`test/conformance\`): reads, writes, what a
   killed, hung, slow or lying peer does, here and in a thread of its own (\`inOwnThread\`): what crosses is copied, so settings
   and addresses are plain data. A library with a native part may not bear a thread: \`needsGatewayThread\` says for which
   settings. What throws in spite of all this costs the driver's own devices their connection, and nobody anything else
   (\`gateway/isolation/faulty-driver.test.ts\`, \`gateway/services/acquisition/faulty-driver.test.ts\`).
`;

const can: Readonly<Record<keyof DriverCapabilities, string>> = {
  read: "read when asked",
  subscribe: "be told of changes",
  write: "write",
  call: "call methods",
  lock: "take the device's own lock",
  browse: "browse",
};

/** `gateway/drivers/README.md`. @param samples by the driver's name, the text of its `sample.yaml`. */
export function driversPage(drivers: readonly DriverManifest[], samples: ReadonlyMap<string, string>): string {
  const parts = drivers.flatMap((driver) => [
    `## \`${driver.name}\`: ${driver.title}`,
    driver.summary,
    facts(driver),
    ...optionsOf(driver, 3),
    `### Sample\n\n\`\`\`yaml\n${(samples.get(driver.name) ?? "").trimEnd()}\n\`\`\``,
  ]);
  return `${[introduction.trimEnd(), ...parts, howTo.trimEnd()].join("\n\n")}\n`;
}

function facts({ name, capabilities, defaultIntervalMs, secrets, tuning = [] }: DriverManifest): string {
  const abilities = Object.entries(can).filter(([key]) => capabilities[key as keyof DriverCapabilities]);
  return [
    `- It can ${abilities.map(([, words]) => words).join(", ")}.`,
    `- \`interval\` is ${defaultIntervalMs} ms where it is not given.`,
    `- Never shown, and may be sealed: ${keys(secrets)}.`,
    `- A change of these needs no acceptance: ${keys(tuning)}.`,
    `- What was tried, and what it cannot keep: [${name}/README.md](${name}/README.md).`,
  ].join("\n");
}

function keys(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.map((each) => `\`${each}\``).join(", ");
}
