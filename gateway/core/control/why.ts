import type { ConditionTree } from "../expression-port.ts";
import type { Condition } from "../plant.ts";
import type { Text } from "../text.ts";
import type { Check } from "./checks/check.ts";
import type { Cause } from "./command.ts";
import type { CommandFacts } from "./facts.ts";

/** One line of "why can I not?": a rule, or a declared condition with what it stands on. */
export type Why =
  | {
      readonly kind: "check";
      readonly text: Text;
      readonly truth: boolean | "unknown";
      readonly cause: Cause["cause"] | undefined;
      readonly lifts: Text | undefined;
    }
  | { readonly kind: "condition"; readonly text: Text; readonly tree: ConditionTree };

/** Met rules that are worth a line, in words; what is missing has its cause's words. */
const met: ReadonlyMap<string, Text> = new Map([
  ["right", { en: "In your role", it: "Previsto dal tuo ruolo" }],
  ["lease", { en: "You have control, or none is needed", it: "Hai il comando, o non serve" }],
  ["island", { en: "Remote control is on", it: "Il comando remoto è attivo" }],
  ["lock-out", { en: "Nobody has locked it out", it: "Nessuno l’ha bloccata" }],
  ["local key", { en: "The key is on REMOTE", it: "La chiave è su REMOTE" }],
  ["emergency-stop chain", { en: "The emergency-stop chain is ready", it: "La catena di emergenza è pronta" }],
  ["mode", { en: "The mode is Production", it: "Il modo è Produzione" }],
  ["state", { en: "Legal in this state", it: "Ammesso in questo stato" }],
  ["device healthy", { en: "The device answers", it: "Il dispositivo risponde" }],
  ["in execution", { en: "Nothing else is on its way", it: "Nient’altro è in corso" }],
  ["audit", { en: "The audit can be written", it: "Il registro si può scrivere" }],
]);

/** Said by their own trees. */
const conditions = new Set(["interlocks", "permissives"]);

/** What was declared and how it stands: missing first. */
export function whyLines(
  facts: CommandFacts,
  checks: readonly Check[],
  explain: (condition: Condition) => ConditionTree,
  permit: { readonly condition: Condition } | undefined,
): readonly Why[] {
  const rules = checks.filter((check) => !conditions.has(check.name)).flatMap((check) => ruleLines(check, facts));
  const { order } = facts;
  const declared = [...order.interlocks, ...order.permissives, ...(permit ? [permit.condition] : [])];
  const trees = declared.map((each): Why => ({ kind: "condition", text: each.name, tree: explain(each) }));
  return [...rules, ...trees].sort((a, b) => weight(a) - weight(b));
}

function ruleLines(check: Check, facts: CommandFacts): readonly Why[] {
  const causes = check.run(facts);
  if (causes.length > 0) {
    return causes.map(({ cause, text, lifts }) => ({ kind: "check", text, truth: false, cause, lifts }));
  }
  const text = met.get(check.name);
  return text ? [{ kind: "check", text, truth: true, cause: undefined, lifts: undefined }] : [];
}

function weight(line: Why): number {
  const truth = line.kind === "check" ? line.truth : line.tree.truth;
  return truth === false ? 0 : truth === "unknown" ? 1 : 2;
}
