import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Import {
  /** A path of the project, or a package's name. */
  readonly target: string;
  readonly relative: boolean;
  readonly typeOnly: boolean;
}

export interface Source {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Lines that count: of a component, those outside of its style. */
  readonly lines: number;
  readonly isTest: boolean;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** Every source file below the folder. */
export function sourcesOf(folder: string): readonly Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.(ts|mjs|svelte)$/.test(entry.name) &&
        !/[\\/](node_modules|dist)([\\/]|$)/.test(entry.parentPath),
    )
    .map((entry) => sourceOf(join(entry.parentPath, entry.name)));
}

function sourceOf(file: string): Source {
  const path = file.slice(root.length).replaceAll("\\", "/");
  const text = readFileSync(file, "utf8");
  const component = file.endsWith(".svelte");
  const counted = component ? text.replace(/<style[\s\S]*?<\/style>/g, "") : text;
  return parse(path, text, component ? scriptsOf(text) : text, counted.trimEnd().split("\n").length);
}

export function parse(path: string, text: string, script: string, lines: number): Source {
  const tree = ts.createSourceFile(path, script, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const isTest = /\.test\.ts$|\/testing\//.test(path) || path.startsWith("test/");
  return { path, text, lines, isTest, tree, imports: importsOf(path, tree) };
}

/** The scripts of a component, the rest blank, so that lines stay. */
function scriptsOf(text: string): string {
  const scripts = [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? "");
  return scripts.join("\n");
}

function importsOf(path: string, tree: ts.SourceFile): readonly Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const relative = specifier.text.startsWith(".");
    const target = relative
      ? normalize(join(dirname(path), specifier.text)).replaceAll("\\", "/")
      : packageOf(specifier.text);
    found.push({ target, relative, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    else if (isNewUrl(node)) add(node.arguments?.[0], false);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** `import { type A, type B }` names types only, too. */
function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  return (
    !clause.name &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.length > 0 &&
    names.elements.every((element) => element.isTypeOnly)
  );
}

/** `new URL("./worker.ts", import.meta.url)` reaches a file as an import does. */
function isNewUrl(node: ts.Node): node is ts.NewExpression {
  if (!ts.isNewExpression(node) || node.expression.getText() !== "URL") return false;
  const [first, second] = node.arguments ?? [];
  return (
    first !== undefined &&
    ts.isStringLiteralLike(first) &&
    /\.m?ts$/.test(first.text) &&
    second?.getText() === "import.meta.url"
  );
}

function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

export interface Fn {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** Functions with a body, outermost and inner ones. */
export function functionsOf(source: Source): readonly Fn[] {
  const found: Fn[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const from = source.tree.getLineAndCharacterOfPosition(node.getStart()).line;
      const to = source.tree.getLineAndCharacterOfPosition(node.end).line;
      found.push({ name: nameOf(node), line: from + 1, lines: to - from + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  return found;
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name) return node.name.getText();
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : "(without a name)";
}

/** Lines of `catch` blocks with nothing in them, not even a reason. */
export function emptyCatches(source: Source): readonly number[] {
  const found: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCatchClause(node) && node.block.statements.length === 0 && !/\/[/*]/.test(node.block.getFullText())) {
      found.push(source.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  return found;
}

/** Own classes that extend a class which is not a library's. */
export function ownInheritance(source: Source): readonly string[] {
  const foreign = new Set<string>(["Error", "EventTarget", "Map", "Set", "Event"]);
  for (const statement of source.tree.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    if (statement.moduleSpecifier.text.startsWith(".")) continue;
    const clause = statement.importClause;
    if (clause?.name) foreign.add(clause.name.text);
    if (clause?.namedBindings && ts.isNamedImports(clause.namedBindings)) {
      for (const { name } of clause.namedBindings.elements) foreign.add(name.text);
    } else if (clause?.namedBindings && ts.isNamespaceImport(clause.namedBindings)) {
      foreign.add(clause.namedBindings.name.text);
    }
  }
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node)) {
      for (const clause of node.heritageClauses ?? []) {
        if (clause.token !== ts.SyntaxKind.ExtendsKeyword) continue;
        const parent = clause.types[0]?.expression.getText() ?? "";
        if (!foreign.has(parent.split(".")[0] ?? ""))
          found.push(`${node.name?.text ?? "(without a name)"} extends ${parent}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  return found;
}
