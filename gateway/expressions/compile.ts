import { type ASTNode, ParseError } from "@marcbachmann/cel-js";
import { didYouMean } from "../core/closest.ts";
import { argumentsName } from "../core/control/arguments.ts";
import type { Compiled, ExpressionCompiler, ExpressionScope } from "../core/expression-port.ts";
import { type CelType, celType, environmentOf, syntax } from "./environment.ts";
import { explain, partsOf } from "./parts.ts";
import { compute, evaluate, type Input, tagsOf } from "./program.ts";
import { type NameSink, NotAllowed, render } from "./render.ts";

export const longestExpression = 2000;

/**
 * Parses and type-checks a condition (CEL). A bare name is a tag of `scope.equipment`, `other.tag`
 * one of another machine; the result must be a boolean. At most 2,000 characters.
 */
export const compile: ExpressionCompiler = (text, scope) => {
  if (text.length > longestExpression) return { ok: false, problem: `is longer than ${longestExpression} characters` };
  try {
    return check(text, syntax.parse(text).ast, scope);
  } catch (error) {
    if (error instanceof NotAllowed) return { ok: false, problem: error.message, position: error.position };
    if (error instanceof ParseError) return { ok: false, problem: reworded(text, error), position: error.range?.start };
    throw error;
  }
};

/** The library's words in ours, where people write CEL as if it were another language. */
function reworded(text: string, { summary, range }: ParseError): string {
  if (summary === "Unexpected token: EOF") return "ends too early";
  if (summary === "Unexpected character: =") return 'equality is written "=="';
  if (/^(and|or|not)\b/i.test(text.slice(range?.start))) return 'and, or, not are written "&&", "||", "!"';
  return summary.charAt(0).toLowerCase() + summary.slice(1);
}

function collector(scope: ExpressionScope, inputs: Map<string, Input>): NameSink {
  const add = (machine: string | undefined, id: string, node: ASTNode) => {
    const fullName = `${machine ?? scope.equipment}/${id}`;
    const type = scope.types.get(fullName);
    if (type === undefined) throw new NotAllowed(unknownTag(scope, machine, id), node);
    const cel = celType(type);
    if (cel === undefined)
      throw new NotAllowed(`a tag of type ${type} (${fullName}) cannot be used in an expression`, node);
    inputs.set(machine === undefined ? id : `${machine}.${id}`, { machine, id, fullName, type: cel });
  };
  return {
    tag: (id, node) => add(undefined, id, node),
    tagOf(machine, id, node) {
      if (scope.types.has(`${scope.equipment}/${machine}`)) {
        throw new NotAllowed(`"${machine}" is a tag of this machine and cannot have a dot`, node);
      }
      add(machine, id, node);
    },
  };
}

function unknownTag(scope: ExpressionScope, machine: string | undefined, id: string): string {
  const of = machine ?? scope.equipment;
  const ids = [...scope.types.keys()]
    .filter((name) => name.startsWith(`${of}/`))
    .map((name) => name.slice(of.length + 1));
  if (machine === argumentsName) {
    return ids.length === 0
      ? `args.${id} can only stand in the feedback of a command that has arguments`
      : `the command has no argument "${id}"${didYouMean(id, ids)}`;
  }
  if (ids.length === 0 && machine !== undefined) {
    const machines = new Set([...scope.types.keys()].map((name) => name.split("/")[0] ?? ""));
    return `there is no machine "${machine}" with tags${didYouMean(machine, machines)}`;
  }
  return `"${of}" has no tag "${id}"${didYouMean(id, ids)}`;
}

function check(text: string, ast: ASTNode, scope: ExpressionScope): Compiled {
  const whole = finiteOf(ast, scope);
  const environment = environmentWith(whole.inputs);
  const checked = environment.check(text);
  if (!checked.valid) {
    return { ok: false, problem: checked.error?.summary ?? "is not valid", position: checked.error?.range?.start };
  }
  const isValue = scope.gives === "value";
  if (!isValue && checked.type !== "bool")
    return { ok: false, problem: `gives a value of type ${checked.type}, not true or false` };
  const type = valueTypes.find((each) => each === checked.type);
  if (type === undefined) return { ok: false, problem: `gives a ${checked.type}, which no tag can hold` };
  const programOf = ({ finiteText, inputs }: Finite) => ({ run: environment.parse(finiteText), inputs });
  const program = programOf(whole);
  const takeApart = () => partsOf(text, ast, (leaf) => programOf(finiteOf(leaf, scope)));
  // Of conditions people ask "why not?"; of ten thousand values hardly anybody does.
  let parts = isValue ? undefined : takeApart();
  return {
    ok: true,
    ...(isValue ? { formula: { type, compute: (lookup) => compute(program, lookup) } } : {}),
    expression: {
      text,
      tags: tagsOf(whole.inputs),
      evaluate: (lookup) => evaluate(program, lookup),
      explain(lookup) {
        parts ??= takeApart();
        return explain(parts, lookup);
      },
    },
  };
}

const valueTypes = ["bool", "int", "double", "string"] as const;

/** A part of an expression written again with finite numbers only, and the names in it. */
interface Finite {
  readonly finiteText: string;
  readonly inputs: readonly Input[];
}

function finiteOf(node: ASTNode, scope: ExpressionScope): Finite {
  const inputs = new Map<string, Input>();
  const finiteText = render(node, collector(scope, inputs));
  return { finiteText, inputs: [...inputs.values()] };
}

function environmentWith(inputs: readonly Input[]) {
  const own = new Map<string, CelType>();
  const others = new Map<string, Map<string, CelType>>();
  for (const { machine, id, type } of inputs) {
    if (machine === undefined) own.set(id, type);
    else others.set(machine, (others.get(machine) ?? new Map<string, CelType>()).set(id, type));
  }
  return environmentOf(own, others);
}
