import type { ConditionTree } from "../expression-port.ts";

/**
 * R7: whether a condition cannot come true without what a witness says. Of parts that must all hold one
 * with a witness is enough; of parts of which any may hold each needs one, or the others prove nothing.
 *
 * @param isWitness by full name, `args/NAME` among them.
 */
export function isShownBy(tree: ConditionTree, isWitness: (tag: string) => boolean): boolean {
  return needsWitness(tree, isWitness, "holds");
}

function needsWitness(
  { kind, children, tags }: ConditionTree,
  isWitness: (tag: string) => boolean,
  wanted: "holds" | "fails",
): boolean {
  const each = (child: ConditionTree): boolean => needsWitness(child, isWitness, wanted);
  switch (kind) {
    case "leaf":
      return tags.some(({ tag }) => isWitness(tag));
    case "not":
      return children.some((child) => needsWitness(child, isWitness, wanted === "holds" ? "fails" : "holds"));
    // De Morgan: "all hold" fails as soon as any of them does.
    case "and":
      return wanted === "holds" ? children.some(each) : children.every(each);
    case "or":
      return wanted === "holds" ? children.every(each) : children.some(each);
  }
}
