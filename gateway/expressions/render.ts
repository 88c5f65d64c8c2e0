import { type ASTNode, serialize } from "@marcbachmann/cel-js";

/** What an expression may not contain, with where. */
export class NotAllowed extends Error {
  readonly position: number;

  constructor(message: string, node: ASTNode) {
    super(message);
    this.position = node.start;
  }
}

/** Where the walk reports the names that it meets. */
export interface NameSink {
  tag(id: string, node: ASTNode): void;
  tagOf(machine: string, id: string, node: ASTNode): void;
}

const functions = new Set(["int", "double", "string", "size"]);
const methods = new Set(["contains", "startsWith", "endsWith", "size"]);

/**
 * Walks an expression, reports its names, and writes it again with every sum, product and
 * conversion inside `finite(…)`. It is an allow-list: what is not named here is refused, above all
 * `matches()` (open to catastrophic regular expressions), `has()` (which would turn "not Good" into
 * "false") and the list macros (conditions over tags need none).
 * @throws NotAllowed
 */
export function render(node: ASTNode, names: NameSink): string {
  const inner = (child: ASTNode) => render(child, names);
  switch (node.op) {
    case "value":
      return serialize(node);
    case "id":
      names.tag(node.args, node);
      return node.args;
    case ".":
      return renderAccess(node, names);
    case "!_":
      return `!(${inner(node.args)})`;
    case "-_":
      return `-(${inner(node.args)})`;
    case "?:":
      return `((${inner(node.args[0])}) ? (${inner(node.args[1])}) : (${inner(node.args[2])}))`;
    case "list":
      return `[${node.args.map(inner).join(", ")}]`;
    case "call":
      return renderCall(node, names);
    case "rcall":
      return renderMethod(node, names);
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return `finite((${inner(node.args[0])}) ${node.op} (${inner(node.args[1])}))`;
    case "&&":
    case "||":
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "in":
      return `((${inner(node.args[0])}) ${node.op} (${inner(node.args[1])}))`;
    default:
      throw new NotAllowed(`"${node.op}" is not part of the expressions of a plant`, node);
  }
}

function renderAccess(node: ASTNode & { op: "." }, names: NameSink): string {
  const [left, id] = node.args;
  if (left.op !== "id") throw new NotAllowed('only "machine.tag" can have a dot', node);
  names.tagOf(left.args, id, left);
  return `${left.args}.${id}`;
}

function renderCall(node: ASTNode & { op: "call" }, names: NameSink): string {
  const [name, args] = node.args;
  if (!functions.has(name)) throw notAFunction(name, node);
  return `finite(${name}(${args.map((arg) => render(arg, names)).join(", ")}))`;
}

function renderMethod(node: ASTNode & { op: "rcall" }, names: NameSink): string {
  const [name, receiver, args] = node.args;
  if (!methods.has(name)) throw notAFunction(name, node);
  return `(${render(receiver, names)}).${name}(${args.map((arg) => render(arg, names)).join(", ")})`;
}

function notAFunction(name: string, node: ASTNode): NotAllowed {
  const instead = name === "matches" ? "; contains(), startsWith() and endsWith() can be used" : "";
  return new NotAllowed(`${name}() cannot be used here${instead}`, node);
}
