import { open, readdir, realpath } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";

export type FileText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** The templates that come with the gateway. */
export const shipped = new URL("../../../config/templates/", import.meta.url);

/** A file's text, UTF-8; undefined: there is none. @param most bytes. */
export async function textIn(file: string | URL, most: number): Promise<FileText | undefined> {
  try {
    await using handle = await open(file, "r");
    const found = await handle.stat();
    if (!found.isFile()) return { ok: false, why: "is no file" };
    if (found.size > most) return { ok: false, why: `is larger than ${most / 1024 / 1024} MiB` };
    const buffer = Buffer.alloc(most + 1);
    const { bytesRead } = await handle.read(buffer, 0, Math.min(found.size + 1, buffer.length), 0);
    return {
      ok: true,
      text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, bytesRead)),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    return {
      ok: false,
      why: code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "is not UTF-8" : `cannot be read (${code})`,
    };
  }
}

/** The names of the templates in a folder; none where there is no such folder. */
export async function namesIn(folder: string | URL): Promise<readonly string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.flatMap((file) => (/^[a-z][a-z0-9_-]*\.yaml$/.test(file) ? file.slice(0, -".yaml".length) : [])).sort();
}

/**
 * The place of a file that a configuration names; undefined: outside of the configuration's folder, also by a link.
 * @param name relative, with /.
 */
export async function fileBeside(configuration: string, name: string): Promise<string | undefined> {
  const steps = name.split("/");
  if (/[\\:\0]/.test(name) || steps.some((step) => step === "" || step === "." || step === "..")) return undefined;
  const folder = resolve(dirname(configuration));
  const file = join(folder, ...steps);
  try {
    const [real, realFolder] = await Promise.all([realpath(file), realpath(folder)]);
    return real.startsWith(realFolder.endsWith(sep) ? realFolder : realFolder + sep) ? real : undefined;
  } catch {
    // It is not there, which reading it tells.
    return file;
  }
}
