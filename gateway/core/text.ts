/** Words for people in both languages; the same text serves both where only one was given. */
export interface Text {
  readonly en: string;
  readonly it: string;
}

export function textOf(text: string | { en?: string | undefined; it?: string | undefined }): Text {
  if (typeof text === "string") return { en: text, it: text };
  const any = text.en ?? text.it ?? "";
  return { en: text.en ?? any, it: text.it ?? any };
}
