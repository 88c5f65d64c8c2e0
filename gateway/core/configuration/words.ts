import type { Text } from "../text.ts";
import type { PartFate, PartKind } from "./difference.ts";

const kinds: Readonly<Record<PartKind, Text>> = {
  setting: { en: "setting", it: "impostazione" },
  device: { en: "device", it: "dispositivo" },
  equipment: { en: "machine", it: "macchina" },
  tag: { en: "tag", it: "variabile" },
  command: { en: "command", it: "comando" },
};

/** In Italian what is named agrees in gender. */
const feminine: ReadonlySet<PartKind> = new Set(["setting", "equipment", "tag"]);

const fates: Readonly<Record<PartFate, { readonly en: string; readonly it: string; readonly itFeminine: string }>> = {
  added: { en: "added", it: "aggiunto", itFeminine: "aggiunta" },
  removed: { en: "removed", it: "rimosso", itFeminine: "rimossa" },
  changed: { en: "changed", it: "modificato", itFeminine: "modificata" },
  renamed: { en: "renamed", it: "rinominato", itFeminine: "rinominata" },
};

/** `tag press/speed changed`; of a renamed one also what it was called. */
export function sayPart(part: PartKind, name: string, fate: PartFate, formerly?: string): Text {
  const { en, it, itFeminine } = fates[fate];
  const was = formerly === undefined ? { en: "", it: "" } : { en: `, was ${formerly}`, it: `, era ${formerly}` };
  return {
    en: `${kinds[part].en} ${name} ${en}${was.en}`,
    it: `${kinds[part].it} ${name} ${feminine.has(part) ? itFeminine : it}${was.it}`,
  };
}
