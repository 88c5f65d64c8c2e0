import { loadPlant } from "../config/load.ts";
import { controlSheets } from "../core/acceptance/describe.ts";
import { sheetText } from "../core/acceptance/sheet.ts";
import { compile } from "../expressions/compile.ts";
import { startThread } from "../kit/thread.ts";
import type { CheckedFile } from "../services/configuration-desk.ts";
import { connectionOf } from "./acceptance.ts";
import type { KeyPlace } from "./installation-key.ts";
import { keptConfiguration } from "./plain-plant.ts";
import { secretsOpener } from "./sealed-secrets.ts";

export type FilePlace = KeyPlace;

/** Secrets that are not at hand are no problem of it. */
export async function checkedFile(file: string, place: FilePlace): Promise<CheckedFile> {
  const context = { environment: process.env, compile, openSecret: secretsOpener(place) };
  const loaded = await loadPlant(file, { ...context, missingSecrets: "warning" });
  if (!loaded.ok)
    return {
      ok: false,
      problems: loaded.problems.map(({ line, column, path, text }) => ({ line, column, path, text })),
    };
  const sheets = controlSheets(loaded.plant, { compile, connectionOf });
  return {
    ok: true,
    kept: keptConfiguration(loaded.plant, loaded.text),
    sheets: new Map([...sheets].map(([id, sheet]) => [id, sheetText(sheet)])),
  };
}

/** The same in a thread of its own, so that no poll waits for it. */
export function checkedBeside(file: string, place: FilePlace): Promise<CheckedFile> {
  const thread = startThread(new URL("./check-worker.ts", import.meta.url), { workerData: { file, place } });
  return new Promise((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`the check of the configuration ended with ${code}`)));
  });
}
