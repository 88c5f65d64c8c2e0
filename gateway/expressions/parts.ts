import type { ASTNode } from "@marcbachmann/cel-js";
import type { ConditionTree, TagLookup, Truth } from "../core/expression-port.ts";
import { Status } from "../core/status.ts";
import { evaluate, type Program, tagsOf } from "./program.ts";
import { parentheses, type Stretch, written } from "./source.ts";

/** A condition taken apart where a person would: at `&&`, `||` and `!`. */
export type Part =
  | { readonly kind: "and" | "or" | "not"; readonly text: string; readonly children: readonly Part[] }
  | { readonly kind: "leaf"; readonly text: string; readonly program: Program };

/** Takes an expression apart; `compile` is asked once for each leaf. */
export function partsOf(text: string, root: ASTNode, compile: (leaf: ASTNode) => Program): Part {
  const pairs = parentheses(text);
  const take = (node: ASTNode, at: Stretch): Part => {
    const here = written(text, at, pairs);
    switch (node.op) {
      case "&&":
        return { kind: "and", text: here, children: run(node, "&&").map((each) => take(each, each.range)) };
      case "||":
        return { kind: "or", text: here, children: run(node, "||").map((each) => take(each, each.range)) };
      case "!_":
        return { kind: "not", text: here, children: [take(node.args, node.args.range)] };
      default:
        return { kind: "leaf", text: here, program: compile(node) };
    }
  };
  return take(root, { start: 0, end: text.length });
}

/** `a && b && c` parses as `(a && b) && c`; a person reads three conditions in a row. */
function run(node: ASTNode, op: "&&" | "||"): readonly ASTNode[] {
  return node.op === op ? node.args.flatMap((each: ASTNode) => run(each, op)) : [node];
}

/** How each part stands now. */
export function explain(part: Part, lookup: TagLookup): ConditionTree {
  const { kind, text } = part;
  if (kind === "leaf") {
    return { kind, text, truth: evaluate(part.program, lookup), tags: presentTags(part.program, lookup), children: [] };
  }
  const children = part.children.map((child) => explain(child, lookup));
  const truths = children.map((child) => child.truth);
  return { kind, text, truth: joined(kind, truths), tags: [], children };
}

function presentTags({ inputs }: Program, lookup: TagLookup): ConditionTree["tags"] {
  return tagsOf(inputs).map((tag) => {
    const sample = lookup(tag);
    return { tag, value: sample?.value ?? null, status: sample?.status ?? Status.Bad_WaitingForInitialData };
  });
}

/** Kleene's logic: what CEL does with an error that one side absorbs. */
function joined(kind: "and" | "or" | "not", truths: readonly Truth[]): Truth {
  switch (kind) {
    case "and":
      return truths.includes(false) ? false : truths.includes("unknown") ? "unknown" : true;
    case "or":
      return truths.includes(true) ? true : truths.includes("unknown") ? "unknown" : false;
    case "not": {
      const [truth] = truths;
      return typeof truth === "boolean" ? !truth : "unknown";
    }
  }
}
