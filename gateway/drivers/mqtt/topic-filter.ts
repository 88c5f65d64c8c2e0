import { didYouMean } from "../../core/closest.ts";

export const placeholders = ["equipment", "tag"] as const;
export type Placeholder = (typeof placeholders)[number];

/** What the placeholders stand for in one topic. */
export type Words = Readonly<Record<Placeholder, string>>;

/** One level: fixed text, with at most one placeholder in it. */
interface Level {
  readonly before: string;
  readonly placeholder: Placeholder | undefined;
  readonly after: string;
}

/** A topic with `{equipment}` and `{tag}` in it. */
export interface TopicFilter {
  readonly text: string;
  readonly levels: readonly Level[];
  /** Whether its last level stands for all that follow too. */
  readonly isDeep: boolean;
}

const anyBraces = /\{([^{}]*)\}/g;

/** What is wrong with the placeholders of a text; undefined: nothing. */
export function wrongPlaceholder(text: string): string | undefined {
  for (const [whole, name = ""] of text.matchAll(anyBraces)) {
    if ((placeholders as readonly string[]).includes(name)) continue;
    return `${whole} is no placeholder; there are {equipment} and {tag}${didYouMean(name, placeholders)}`;
  }
  return /[{}]/.test(text.replace(anyBraces, "")) ? "a brace without its other one" : undefined;
}

export function hasPlaceholder(text: string | undefined, placeholder: Placeholder): boolean {
  return text?.includes(`{${placeholder}}`) ?? false;
}

/** What is wrong with a filter; undefined: nothing. */
export function wrongFilter(text: string): string | undefined {
  const wrong = wrongPlaceholder(text);
  if (wrong !== undefined) return wrong;
  if (/[+#\0]/.test(text)) return "takes no + and no #: what differs is {equipment} or {tag}, all else is fixed";
  if (text.startsWith("$share/"))
    return "cannot be shared with other clients: each value would come to one of them only";
  for (const placeholder of placeholders)
    if (text.split(`{${placeholder}}`).length > 2) return `has {${placeholder}} twice`;
  if (text.split("/").some((level) => placeholders.every((each) => hasPlaceholder(level, each))))
    return "has {equipment} and {tag} in one level: nobody can tell where one ends";
  return undefined;
}

/** @param text one that `wrongFilter` has nothing against. @param isDeep whether words may have several levels. */
export function parseFilter(text: string, isDeep = false): TopicFilter {
  const levels = text.split("/").map((level): Level => {
    const placeholder = placeholders.find((each) => hasPlaceholder(level, each));
    const [before = "", after = ""] = placeholder ? level.split(`{${placeholder}}`) : [level];
    return { before, placeholder, after };
  });
  return { text, levels, isDeep };
}

/** Whether its words may have several levels: the whole last level is a placeholder. */
export function canBeDeep(text: string, placeholder: Placeholder): boolean {
  return text === `{${placeholder}}` || text.endsWith(`/{${placeholder}}`);
}

/** As it is subscribed to (MQTT-4.7.1): it gives all that matches, and perhaps more. */
export function subscriptionOf({ levels, isDeep }: TopicFilter): string {
  return levels
    .map(({ before, placeholder }, i) => (placeholder ? (isDeep && i === levels.length - 1 ? "#" : "+") : before))
    .join("/");
}

/** A wildcard does not begin a topic that begins with $ (MQTT-4.7.2-1). */
export function matches({ levels, isDeep }: TopicFilter, topic: string): boolean {
  if (topic.startsWith("$") && levels[0]?.before === "") return false;
  const parts = topic.split("/");
  if (isDeep ? parts.length < levels.length : parts.length !== levels.length) return false;
  return levels.every((level, i) => {
    const part = isDeep && i === levels.length - 1 ? parts.slice(i).join("/") : (parts[i] ?? "");
    return fits(level, part);
  });
}

function fits({ before, placeholder, after }: Level, part: string): boolean {
  if (!placeholder) return part === before;
  return part.length > before.length + after.length && part.startsWith(before) && part.endsWith(after);
}

/** Without the fixed text beside its placeholders, which a broker knows nothing of. */
export function asSubscribed(filter: TopicFilter): TopicFilter {
  const levels = filter.levels.map((level) => (level.placeholder ? { ...level, before: "", after: "" } : level));
  return { ...filter, levels };
}

/** Whether there is a topic that both give. */
export function overlap(a: TopicFilter, b: TopicFilter): boolean {
  const [short, long] = a.levels.length <= b.levels.length ? [a, b] : [b, a];
  if (short.levels.length < long.levels.length && !short.isDeep) return false;
  return short.levels.every((level, i) => {
    const other = long.levels[i];
    const isRest = short.isDeep && i === short.levels.length - 1;
    return isRest || (other !== undefined && canMeet(level, other));
  });
}

function canMeet(a: Level, b: Level): boolean {
  if (!a.placeholder) return fits(b, a.before);
  if (!b.placeholder) return fits(a, b.before);
  return (
    (a.before.startsWith(b.before) || b.before.startsWith(a.before)) &&
    (a.after.endsWith(b.after) || b.after.endsWith(a.after))
  );
}

/** The text with words in place of the placeholders. */
export function fill(text: string, words: Words): string {
  return text.replace(anyBraces, (_, name: Placeholder) => words[name]);
}

/** The same in a JSON pointer, where `~` and `/` are written otherwise (RFC 6901, 3). */
export function fillPointer(pointer: string, { equipment, tag }: Words): string {
  const escaped = (word: string): string => word.replaceAll("~", "~0").replaceAll("/", "~1");
  return fill(pointer, { equipment: escaped(equipment), tag: escaped(tag) });
}
