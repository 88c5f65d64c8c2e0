import { didYouMean } from "../../core/closest.ts";
import type { DeclaredTag, Expansion, WrongExpansion } from "../../kit/driver-manifest.ts";
import type { MqttSettings } from "./settings.ts";
import {
  asSubscribed,
  fill,
  fillPointer,
  overlap,
  type Placeholder,
  parseFilter,
  subscriptionOf,
  type TopicFilter,
  type Words,
} from "./topic-filter.ts";
import { commonAddress, type Topics } from "./topics.ts";

/** The filter as the driver hears by it. */
export function filterOf({ filter, names }: Topics): TopicFilter {
  return parseFilter(
    filter,
    filter.includes("{tag}") && Object.keys(names.tag ?? {}).some((name) => name.includes("/")),
  );
}

/** The addresses of tags that name no topic of their own, from their device's `topics`. */
export function expandAddresses({ topics }: MqttSettings, tags: readonly DeclaredTag[]): Expansion {
  const addresses = new Map<string, unknown>();
  if (!topics) return { addresses, wrong: [] };
  const expanding = new Expanding(topics, tags);
  for (const tag of tags) {
    const address = lacksTopic(tag.address) ? expanding.addressOf(tag) : undefined;
    if (address) addresses.set(`${tag.equipment}/${tag.tag}`, address);
  }
  return { addresses, wrong: expanding.wrong() };
}

function lacksTopic(address: unknown): boolean {
  return address === undefined || (isGroup(address) && !Object.hasOwn(address, "topic"));
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

class Expanding {
  readonly #topics: readonly Topics[];
  readonly #tags: readonly DeclaredTag[];
  readonly #wrong: WrongExpansion[] = [];
  /** Who comes from which topic and path, and where it is written. */
  readonly #sources = new Map<string, string>();
  readonly #writes: { readonly i: number; readonly topic: string }[] = [];
  readonly #used = new Set<number>();

  constructor(topics: readonly Topics[], tags: readonly DeclaredTag[]) {
    this.#topics = topics;
    this.#tags = tags;
  }

  addressOf(tag: DeclaredTag): Readonly<Record<string, unknown>> | undefined {
    const fitting = [...this.#topics.entries()].filter(([, each]) => isFor(each, tag));
    for (const [i] of fitting) this.#used.add(i);
    const [first, second] = fitting;
    if (!first) return this.#refuse(tag, `names no topic, and no filter of its device is for it`);
    if (second) {
      const why = `topics[${first[0]}] and topics[${second[0]}] of its device are both for it: narrow one by \`equipment\` or \`tags\``;
      return this.#refuse(tag, why);
    }
    return this.#expanded(first[0], first[1], tag);
  }

  #expanded(i: number, topics: Topics, tag: DeclaredTag): Readonly<Record<string, unknown>> {
    const words = { equipment: wordFor(topics, "equipment", tag.equipment), tag: wordFor(topics, "tag", tag.tag) };
    const given = isGroup(tag.address) ? tag.address : {};
    const path = topics.path === undefined ? undefined : fillPointer(topics.path, words);
    const source = { topic: fill(topics.filter, words), ...(path !== undefined && { path }), ...given };
    const name = `${tag.equipment}/${tag.tag}`;
    const key = `${source.topic}\0${source.path ?? ""}`;
    const other = this.#sources.get(key);
    if (other === undefined) this.#sources.set(key, name);
    else
      this.#wrongAt(
        i,
        ["filter"],
        `${other} and ${name} would both be ${source.topic}: give one a word of its own in \`names\``,
      );
    const write = tag.writable && topics.write && partFor(topics.write, words);
    const acknowledge = tag.writable && topics.acknowledge && partFor(topics.acknowledge, words);
    if (write) this.#writes.push({ i, topic: write.topic });
    return { ...commonAddress(topics), ...(write && { write }), ...(acknowledge && { acknowledge }), ...source };
  }

  wrong(): readonly WrongExpansion[] {
    for (const [i, topics] of this.#topics.entries()) {
      if (!this.#used.has(i))
        this.#wrongAt(i, ["filter"], "is for no tag: no tag of this device without a topic of its own fits");
      else this.#checkNames(i, topics);
      this.#checkOverlap(i, topics);
    }
    const heard = new Set([...this.#sources.keys()].map((key) => key.slice(0, key.indexOf("\0"))));
    const echo = this.#writes.find(({ topic }) => heard.has(topic));
    if (echo)
      this.#wrongAt(echo.i, ["write", "topic"], `${echo.topic} is a tag's own: a command would be heard as its value`);
    return this.#wrong;
  }

  #checkNames(i: number, topics: Topics): void {
    const fitting = this.#tags.filter((tag) => lacksTopic(tag.address) && isFor(topics, tag));
    const check = (path: readonly (string | number)[], what: Placeholder, id: string): void => {
      const present = new Set(fitting.map((tag) => tag[what]));
      const why = `no tag of this device that it is for ${what === "tag" ? "is" : "is of"} "${id}"`;
      if (!present.has(id)) this.#wrongAt(i, path, `${why}${didYouMean(id, present)}`);
    };
    for (const what of ["equipment", "tag"] as const)
      for (const [name, id] of Object.entries(topics.names[what] ?? {})) check(["names", what, name], what, id);
    for (const [at, id] of (topics.equipment ?? []).entries()) check(["equipment", at], "equipment", id);
    for (const [at, id] of (topics.tags ?? []).entries()) check(["tags", at], "tag", id);
  }

  /** Two that may give one message: a broker would send it twice, and nobody could say whose it is. */
  #checkOverlap(i: number, topics: Topics): void {
    const earlier = this.#topics.slice(0, i).find((each) => {
      return areMixed(filterOf(each), filterOf(topics));
    });
    if (earlier) this.#wrongAt(i, ["filter"], `overlaps "${earlier.filter}": a message could be of both`);
  }

  #wrongAt(i: number, path: readonly (string | number)[], why: string): void {
    this.#wrong.push({ path: ["topics", i, ...path], why });
  }

  #refuse(tag: DeclaredTag, why: string): undefined {
    this.#wrong.push({ tag, path: ["address"], why });
  }
}

/** One subscription for both does no harm where no message fits both; of two, each would give it. */
function areMixed(a: TopicFilter, b: TopicFilter): boolean {
  if (subscriptionOf(a) === subscriptionOf(b)) return a.text !== b.text && overlap(a, b);
  return overlap(asSubscribed(a), asSubscribed(b));
}

function isFor({ equipment, tags }: Topics, tag: DeclaredTag): boolean {
  return (equipment?.includes(tag.equipment) ?? true) && (tags?.includes(tag.tag) ?? true);
}

function wordFor({ names }: Topics, what: Placeholder, id: string): string {
  return Object.entries(names[what] ?? {}).find(([, target]) => target === id)?.[0] ?? id;
}

function partFor({ topic, path }: { topic: string; path?: string | undefined }, words: Words) {
  return { topic: fill(topic, words), ...(path !== undefined && { path: fillPointer(path, words) }) };
}
