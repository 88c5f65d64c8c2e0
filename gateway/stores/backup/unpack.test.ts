import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Header, type HeaderData } from "tar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Manifest } from "./manifest.ts";
import { unpack } from "./unpack.ts";

type Entry = { readonly path: string; readonly content?: string | Buffer } & Partial<HeaderData>;

const manifest: Manifest = {
  product: "plancia",
  format: 1,
  version: "1.0.0",
  gateway: "lab",
  createdAt: "2026-01-01T00:00:00.000Z",
  files: 1,
  bytes: 5,
};
const records: Entry = { path: "data/records.db", content: "hello" };

let root: string;
let folder: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "plancia-unpack-"));
  folder = join(root, "folder");
  mkdirSync(folder);
  file = join(root, "b.tgz");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A tar as anybody could make one, header by header. */
function tarOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ content = "", ...facts }) => {
    const body = Buffer.from(content);
    const block = Buffer.alloc(512);
    new Header({ mode: 0o777, type: "File", size: body.length, mtime: new Date(0), ...facts }).encode(block);
    return [block, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function archive(entries: readonly Entry[], about: Partial<Manifest> = {}): Buffer {
  const first = { path: "plancia-backup.json", content: JSON.stringify({ ...manifest, ...about }) };
  return gzipSync(tarOf([first, ...entries]));
}

function unpacked(bytes: Uint8Array, freeBytes = 1e9): Promise<Manifest> {
  writeFileSync(file, bytes);
  return unpack(file, folder, freeBytes);
}

async function refusal(bytes: Uint8Array, freeBytes?: number): Promise<string> {
  const error = await unpacked(bytes, freeBytes).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "PlanciaError" });
  return (error as Error).message;
}

describe("unpacking a backup", () => {
  it("takes a whole one", async () => {
    expect(await unpacked(archive([records]))).toEqual(manifest);
    expect(readFileSync(join(folder, "data", "records.db"), "utf8")).toBe("hello");
  });

  it("takes hundreds of small files and an empty one", async () => {
    const many = Array.from({ length: 300 }, (_, n) => ({ path: `data/many/${n}.pem`, content: n === 7 ? "" : "x" }));
    await unpacked(archive(many, { files: 300, bytes: 299 }));
    expect(readdirSync(join(folder, "data", "many"))).toHaveLength(300);
  });

  it.each<[string, readonly Entry[], RegExp]>([
    ["a way up", [{ ...records, path: "data/../../up" }], /leads elsewhere/],
    ["an absolute path", [{ ...records, path: "/etc/cron.d/x" }], /leads elsewhere/],
    ["a drive", [{ ...records, path: "data/C:/x" }], /forbidden/],
    ["a backslash", [{ ...records, path: "data/..\\..\\x" }], /forbidden/],
    ["a name with a line end", [{ ...records, path: "data/a\nb" }], /forbidden/],
    ["another place", [{ ...records, path: "home/x" }], /no such thing/],
    ["a symbolic link", [{ path: "data/l", type: "SymbolicLink", linkpath: "/etc" }], /no plain file/],
    ["a hard link", [{ path: "data/l", type: "Link", linkpath: "/etc/passwd" }], /no plain file/],
    ["a device", [{ path: "data/null", type: "CharacterDevice" }], /no plain file/],
    ["a key of somebody's choosing", [{ ...records, path: "data/keys/installation.key" }], /belongs to the machine/],
    ["the same in capitals", [{ ...records, path: "data/KEYS/installation.key" }], /belongs to the machine/],
    ["a lock", [{ ...records, path: "data/gateway.lock" }], /belongs to the machine/],
    ["one more file than it says", [records, { path: "data/more", content: "" }], /more than/],
    ["one more byte than it says", [{ ...records, content: "hello!" }], /more than/],
    ["a file less than it says", [], /not whole/],
    ["a second manifest", [{ path: "plancia-backup.json", content: "{}" }], /twice/],
  ])("refuses %s", async (_, entries, why) => {
    expect(await refusal(archive(entries))).toMatch(why);
    expect(existsSync(join(root, "up"))).toBe(false);
    expect(readdirSync(root).sort()).toEqual(["b.tgz", "folder"]);
  });

  it("refuses the same file twice", async () => {
    expect(await refusal(archive([records, records], { files: 2, bytes: 10 }))).toMatch(/EEXIST/);
  });

  it("refuses what is no backup", async () => {
    expect(await refusal(Buffer.from("no archive"))).toMatch(/no whole backup/);
    expect(await refusal(Buffer.alloc(0))).toMatch(/no whole backup/);
    expect(await refusal(gzipSync(Buffer.alloc(10_240)))).toMatch(/no whole backup/);
    expect(await refusal(gzipSync(tarOf([records])))).toMatch(/no backup/);
    expect(await refusal(archive([records], { product: "other" as "plancia" }))).toMatch(/no backup/);
  });

  it("refuses one of a newer format, and names the version", async () => {
    expect(await refusal(archive([records], { format: 2, version: "3.1.0" }))).toMatch(/newer version \(3\.1\.0/);
  });

  it("refuses one that was cut off or changed anywhere", async () => {
    const whole = archive([{ ...records, content: Buffer.alloc(3000, 7) }], { bytes: 3000 });
    for (const length of [20, whole.length >> 1, whole.length - 9]) await refusal(whole.subarray(0, length));
    const changed = Buffer.from(whole);
    changed[whole.length - 6] = (changed[whole.length - 6] ?? 0) ^ 1;
    await refusal(changed);
  });

  it("refuses one for which there is no room, before anything is written", async () => {
    expect(await refusal(archive([records], { bytes: 1e12 }), 1e9)).toMatch(/free space/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("stops reading a bomb early", async () => {
    const bomb = gzipSync(Buffer.concat([tarOf([]), Buffer.alloc(20_000_000)]));
    expect(await refusal(bomb)).toMatch(/no whole backup|more than it says/);
    const nested = archive([{ path: "data/x", content: Buffer.alloc(20_000_000) }], { bytes: 5 });
    expect(await refusal(nested)).toMatch(/more than/);
  });
});
