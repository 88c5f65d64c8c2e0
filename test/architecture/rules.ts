import { basename } from "node:path";
import { composition, exceptions, forbiddenNames, type Layer, layers, limits, manifest } from "./layers.ts";
import { emptyCatches, functionsOf, type Import, ownInheritance, type Source } from "./sources.ts";

/** What a file breaks, in words; exceptions left out. */
export function brokenRules(source: Source): readonly string[] {
  return [
    ...imports(source),
    ...purity(source),
    ...threads(source),
    ...lengths(source),
    ...names(source),
    ...style(source),
  ].filter((broken) => !exceptions.has(broken.split(":")[0] ?? ""));
}

function imports(source: Source): readonly string[] {
  const [top] = source.path.split("/");
  if (top === "gateway") return source.isTest ? [] : gatewayImports(source);
  if (top === "simulators") return reaches(source, /^gateway\//, "simulators share no code with the gateway");
  if (top === "dashboard") return dashboardImports(source);
  return [];
}

function reaches(source: Source, forbidden: RegExp, why: string): readonly string[] {
  return source.imports
    .filter(({ relative, target }) => relative && forbidden.test(target))
    .map(({ target }) => `import ${source.path} ${target}: ${why}`);
}

function dashboardImports(source: Source): readonly string[] {
  const gateway = source.imports.filter(({ relative, target }) => relative && target.startsWith("gateway/"));
  return [
    ...reaches(source, /^(simulators|test)\//, "the dashboard stands alone"),
    ...gateway
      .filter(({ target, typeOnly }) => !typeOnly || !target.startsWith("gateway/api/wire/"))
      .map(({ target }) => `import ${source.path} ${target}: the dashboard imports only types of the wire messages`),
  ];
}

function gatewayImports(source: Source): readonly string[] {
  if (composition.test(source.path)) return [];
  const name = source.path.split("/")[1] ?? "";
  if (name === "launch") return packagesAndOthers(source, { layers: [], packages: "any" });
  const layer = Object.hasOwn(layers, name) ? layers[name] : undefined;
  return layer ? packagesAndOthers(source, layer) : [`layer ${source.path}: gateway/${name} is no layer of the table`];
}

function packagesAndOthers(source: Source, layer: Layer): readonly string[] {
  return source.imports.flatMap((each) => {
    const why = each.relative ? otherLayer(source.path, each, layer) : otherPackage(each, layer);
    return why === undefined ? [] : [`import ${source.path} ${each.target}: ${why}`];
  });
}

function otherPackage({ target }: Import, { packages }: Layer): string | undefined {
  if (packages === "any" || (packages !== "none" && packages.includes(target))) return undefined;
  return packages === "none" ? "this layer imports no package" : `this layer imports only ${packages.join(", ")}`;
}

function otherLayer(path: string, { target }: Import, layer: Layer): string | undefined {
  const [, from = "", fromUnit] = path.split("/");
  const [top, to = "", toUnit] = target.split("/");
  if (top !== "gateway") return "the gateway imports nothing from outside of its folder";
  if (composition.test(target)) return "only main.ts starts the wiring";
  if (from === to) {
    const registry = path === "gateway/drivers/registry.ts" && manifest.test(target);
    return layer.adapters && fromUnit !== toUnit && !registry ? "two adapters never import each other" : undefined;
  }
  if (layer.layers.includes(to)) return undefined;
  if (layer.layers.includes("manifests") && manifest.test(target)) return undefined;
  return `${from} may import ${layer.layers.join(", ") || "nothing"}`;
}

/** core: no clock, no timers; they are parameters. */
function purity(source: Source): readonly string[] {
  if (!/^gateway\/(core|protocols)\//.test(source.path) || source.isTest) return [];
  const impure =
    /\b(Date\.now\(|new Date\(\)|performance\.now\(|setTimeout\(|setInterval\(|setImmediate\(|Math\.random\(|process\.)/g;
  const code = source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  return [...new Set([...code.matchAll(impure)].map((match) => match[0]))].map(
    (what) => `pure ${source.path}: ${what} – time, chance and I/O are parameters here`,
  );
}

/** Starting a thread needs a precaution that has one place. */
function threads(source: Source): readonly string[] {
  const starts = /\bnew Worker\(/.test(source.text) && source.path !== "gateway/kit/thread.ts";
  return starts && !source.path.startsWith("test/architecture/")
    ? [`thread ${source.path}: threads start through startThread of gateway/kit/thread.ts, which says why`]
    : [];
}

function lengths(source: Source): readonly string[] {
  const most = source.path.endsWith(".svelte") ? limits.svelteLines : limits.fileLines;
  const long = source.lines > most ? [`file ${source.path}: ${source.lines} lines, at most ${most}`] : [];
  if (source.isTest) return long;
  const functions = functionsOf(source).filter(({ lines }) => lines > limits.functionLines);
  return [
    ...long,
    ...functions.map(
      ({ name, line, lines }) =>
        `function ${source.path} ${name}: ${lines} lines from line ${line}, at most ${limits.functionLines}`,
    ),
  ];
}

function names(source: Source): readonly string[] {
  const stem = basename(source.path).split(".")[0]?.toLowerCase() ?? "";
  const words = stem.split("-");
  const folders = source.path.split("/").slice(0, -1);
  const bad = forbiddenNames.find((name) => stem === name || words.at(-1) === name || folders.includes(name));
  return bad === undefined ? [] : [`name ${source.path}: "${bad}" says nothing; name the thing that it holds`];
}

function style(source: Source): readonly string[] {
  return [
    ...emptyCatches(source).map((line) => `catch ${source.path}: line ${line} swallows an error without a reason`),
    ...ownInheritance(source).map(
      (what) => `inheritance ${source.path}: ${what}; own classes do not inherit from each other`,
    ),
  ];
}
