import { type Document, isAlias, isCollection, isMap, isScalar, type Node, type Pair, visit, type YAMLMap } from "yaml";

export type Entry = Pair<Node, Node | null>;

/** The entries of a map by the name of their key. */
export function entriesOf(map: YAMLMap): ReadonlyMap<string, Entry> {
  const entries = map.items as Entry[];
  return new Map(entries.map((entry) => [isScalar(entry.key) ? String(entry.key.value) : "", entry]));
}

interface Token {
  readonly type: string;
  readonly offset: number;
  readonly source: string;
}

/** What stands between a key and its value. */
function between(entry: Entry): readonly Token[] {
  return ((entry.srcToken as { sep?: Token[] } | undefined)?.sep ?? []) as readonly Token[];
}

/** Behind the colon; undefined where there is none, as in `{ a }`. */
export function colonEnd(entry: Entry): number | undefined {
  const colon = between(entry).find(({ type }) => type === "map-value-ind");
  return colon && colon.offset + 1;
}

/** Nothing, not even a mark such as &name, stands for the value. */
export function isNothing(entry: Entry): boolean {
  const { value } = entry;
  const marked = between(entry).some(({ type }) => type === "anchor" || type === "tag");
  return !marked && (value === null || (isScalar(value) && spanOf(value)[0] === spanOf(value)[1]));
}

export function spanOf(node: Node): readonly [number, number] {
  return [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
}

/** Behind the last character of what belongs to an entry, comments left aside. */
export function endOf(entry: Entry): number {
  const { key, value } = entry;
  const own = Math.max(
    spanOf(key)[1],
    ...between(entry)
      .filter(isWritten)
      .map((token) => token.offset + token.source.length),
  );
  return value === null ? own : Math.max(own, endOfNode(value));
}

function isWritten({ type }: Token): boolean {
  return !["space", "newline", "comment"].includes(type);
}

export function endOfNode(node: Node): number {
  if (!isCollection(node) || node.flow) return spanOf(node)[1];
  const last = node.items.at(-1);
  if (last === undefined) return spanOf(node)[1];
  return isMap(node) ? endOf(last as Entry) : last === null ? spanOf(node)[1] : endOfNode(last as Node);
}

/** Behind the comma that follows the last entry of a flow map; undefined: none does. */
export function lastComma(map: YAMLMap): number | undefined {
  const items = (map.srcToken as { items?: { start?: Token[]; key?: unknown; value?: unknown }[] } | undefined)?.items;
  const last = items?.at(-1);
  if (!last || last.key || last.value) return undefined;
  const comma = last.start?.find(({ type }) => type === "comma");
  return comma && comma.offset + 1;
}

/** Names after & that an alias stands for. */
export function aliased(document: Document): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, {
    Alias(_key, { source }) {
      names.add(source);
    },
  });
  return names;
}

/** The first name below a node, itself included, that an alias elsewhere stands for. */
export function sharedName(node: Node | null, shared: ReadonlySet<string>): string | undefined {
  if (node === null || shared.size === 0) return undefined;
  let found: string | undefined;
  visit(node, {
    Node(_key, each) {
      if (isAlias(each)) found ??= each.source;
      else if (each.anchor !== undefined && shared.has(each.anchor)) found ??= each.anchor;
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}
