import type { Why } from "../../core/control/why.ts";
import type { ConditionTree } from "../../core/expression-port.ts";
import { textOf } from "../../core/text.ts";
import { toJson } from "../../core/value.ts";
import type { DryRunAnswer } from "../../services/control/dry-run.ts";
import type { DryRun, WhyNode } from "../wire/command.ts";
import { causeView } from "./command.ts";

export function whyView(line: Why): WhyNode {
  if (line.kind === "check") return line;
  return {
    kind: "condition",
    text: line.text,
    truth: line.tree.truth,
    ...(line.tree.truth === true ? {} : { cause: "interlock" as const }),
    children: [treeView(line.tree)],
  };
}

/** The words of a part are the ones of the configuration, the same in both languages. */
function treeView(tree: ConditionTree): WhyNode {
  return {
    kind: tree.kind,
    text: textOf(tree.text),
    truth: tree.truth,
    ...(tree.tags.length > 0
      ? { tags: tree.tags.map(({ tag, value, status }) => ({ tag, value: toJson(value), status })) }
      : {}),
    ...(tree.children.length > 0 ? { children: tree.children.map(treeView) } : {}),
  };
}

export function dryRunView(answer: DryRunAnswer): DryRun {
  return {
    target: answer.target,
    class: answer.class,
    allowed: answer.allowed,
    causes: answer.causes.map(causeView),
    why: answer.why.map(whyView),
    steps: answer.steps.map(({ target, value, from }) => ({
      target,
      value: toJson(value),
      ...(from === undefined ? {} : { from: toJson(from) }),
    })),
    effect: { when: answer.effect.when, withinMs: answer.effect.withinMs },
    needs: answer.needs,
  };
}
