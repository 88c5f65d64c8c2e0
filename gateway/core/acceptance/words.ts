import { canonicalJson } from "../audit/canonical.ts";
import { type Text, textOf } from "../text.ts";
import type { Plain, Said } from "./sheet.ts";

/** What stands in a control sheet, in words for a person who has to say yes or no to it. */
export type Say = (value: Plain | undefined) => Text;

const words = {
  none: { en: "none", it: "nessuno" },
  any: { en: "any", it: "qualsiasi" },
  yes: { en: "yes", it: "sì" },
  no: { en: "no", it: "no" },
  required: { en: "required", it: "richiesto" },
  off: { en: "off", it: "disattivato" },
} as const satisfies Readonly<Record<string, Text>>;

function both(say: (language: "en" | "it") => string): Text {
  return { en: say("en"), it: say("it") };
}

/** One text for one content: also what decides whether two things of a list are the same. */
export function textOfPlain(value: Plain | undefined): string {
  return typeof value === "string" ? value : canonicalJson(value ?? null);
}

/** An address or settings, as people read them: `register 0, table holding`. */
function listed(value: Plain | undefined): string {
  const entries = Object.entries(saidOf(value)).filter(([, inner]) => inner !== undefined && inner !== null);
  if (entries.length === 0) return textOfPlain(value);
  return entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${key} ${textOfPlain(inner)}`)
    .join(", ");
}

export const sayPlain: Say = (value) => (value === undefined ? words.none : textOf(textOfPlain(value)));

export const sayWord: Say = (value) =>
  value === undefined
    ? words.none
    : value === "required" || value === "off" || value === "none"
      ? words[value]
      : sayPlain(value);

export const sayPhone: Say = (value) =>
  value === "operate"
    ? { en: "watch, stop and operate", it: "guardare, arrestare e operare" }
    : { en: "watch and stop", it: "guardare e arrestare" };

export const sayYesNo: Say = (value) => (value === true ? words.yes : words.no);

export const sayRange: Say = (value) =>
  Array.isArray(value) ? textOf(`${value[0]} … ${value[1]}`) : value === undefined ? words.any : sayPlain(value);

export const sayList: Say = (value) =>
  Array.isArray(value) ? textOf(value.map(textOfPlain).join(", ") || "–") : words.any;

export const sayConditions: Say = (value) =>
  Array.isArray(value) && value.length > 0 ? textOf(value.map(textOfPlain).join("; ")) : words.none;

export const sayNumber: Say = (value) => (value === undefined ? words.any : sayPlain(value));

export function duration(ms: Plain | undefined): string {
  return typeof ms !== "number" ? "–" : ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}

export const sayPeriod: Say = (value) => (value === undefined ? words.any : textOf(duration(value)));

export const saySpan: Say = (value) => {
  const { staff, guests } = saidOf(value);
  return { en: `staff ${staff}, guests ${guests}`, it: `personale ${staff}, ospiti ${guests}` };
};

export const sayKey: Say = (value) => {
  if (value === undefined || value === "none") return words.none;
  const { tag, remote } = saidOf(value);
  return both((language) => `${tag}, ${language === "en" ? "remote at" : "remoto a"} ${textOfPlain(remote)}`);
};

export const sayMode: Say = (value) => {
  if (value === undefined) return words.none;
  const { tag, production } = saidOf(value);
  return both((language) => `${tag}, ${language === "en" ? "production at" : "produzione a"} ${production}`);
};

export const sayState: Say = (value) => {
  if (value === undefined) return words.none;
  if (!Array.isArray(value)) return textOf(`PackML: ${saidOf(value).tag}`);
  return textOf(value.map((each) => `${saidOf(each).state}: ${saidOf(each).when}`).join("; "));
};

export const saySteps: Say = (value) =>
  Array.isArray(value) && value.length > 0 ? textOf(value.map(stepText).join("; ")) : words.none;

function stepText(step: Plain): string {
  const said = saidOf(step);
  if (said.write !== undefined) return `${said.write} = ${operandText(said)}`;
  const given = Array.isArray(said.arguments) ? said.arguments.map((each) => operandText(saidOf(each))) : [];
  return `${said.device}: ${listed(said.method)} (${given.join(", ")})`;
}

function operandText({ argument, value }: Said): string {
  return argument === undefined ? textOfPlain(value) : `args.${argument}`;
}

export const sayStop: Say = (value) => {
  if (value === undefined) return words.none;
  const { do: steps, when, withinMs } = saidOf(value);
  const did = saySteps(steps);
  return both((language) => `${did[language]} → ${when} (${duration(withinMs)})`);
};

export const sayFeedback: Say = (value) => {
  if (value === undefined) return words.none;
  const { when, withinMs, tolerance } = saidOf(value);
  const around = tolerance === undefined ? "" : ` ± ${tolerance}`;
  return both((language) => {
    const effect = when ?? (language === "en" ? "the value reads back" : "il valore riletto");
    return `${effect}${around} (${duration(withinMs)})`;
  });
};

const policies: Readonly<Record<string, Text>> = {
  continue: { en: "continues", it: "continua" },
  "finish-cycle": { en: "finishes the cycle", it: "finisce il ciclo" },
  hold: { en: "holds", it: "va in attesa" },
  stop: { en: "stops", it: "si arresta" },
};

export const sayLoss: Say = (value) => {
  if (value === undefined) return words.none;
  const { policy, graceMs, command } = saidOf(value);
  const what = policies[String(policy)] ?? textOf(String(policy));
  return both((language) => {
    if (policy === "continue") return what[language];
    const by = command === undefined ? "" : ` (${command})`;
    return `${what[language]}${by} ${language === "en" ? "after" : "dopo"} ${duration(graceMs)}`;
  });
};

export const sayChain: Say = (value) => {
  if (value === undefined) return words.none;
  const { tag, closed, reset } = saidOf(value);
  return both((language) => {
    const by = reset === undefined ? "" : `, reset: ${reset}`;
    return `${tag}, ${language === "en" ? "closed at" : "chiusa a"} ${textOfPlain(closed)}${by}`;
  });
};

export const sayHeartbeat: Say = (value) => {
  if (value === undefined) return words.none;
  const { gateway, operator, everyMs } = saidOf(value);
  return textOf(`${[gateway, operator].filter((each) => each !== undefined).join(", ")} (${duration(everyMs)})`);
};

export const sayPermit: Say = (value) => {
  const { kind, when, withinMs } = saidOf(value);
  switch (kind) {
    case "signal":
      return textOf(String(when));
    case "attendant":
      return {
        en: `confirmed at the machine, good for ${duration(withinMs)}`,
        it: `confermato alla macchina, valido ${duration(withinMs)}`,
      };
    case "warning":
      return { en: "the controller warns first", it: "il controllore avvisa prima" };
    default:
      return words.none;
  }
};

export const sayApproval: Say = (value) => {
  const { required, preApproved } = saidOf(value);
  if (required !== true) return { en: "not needed", it: "non serve" };
  if (preApproved === undefined) return { en: "needed", it: "serve" };
  if (preApproved === "any") return { en: "given beforehand", it: "data in anticipo" };
  const [from, to] = Array.isArray(preApproved) ? preApproved : [];
  return { en: `needed outside of ${from} … ${to}`, it: `serve fuori da ${from} … ${to}` };
};

export const sayArguments: Say = (value) => {
  if (!Array.isArray(value) || value.length === 0) return words.none;
  return both((language) =>
    value
      .map((each) => {
        const { id, type, limits, values } = saidOf(each);
        const allowed = values === undefined ? sayRange(limits) : sayList(values);
        return `${id} (${type}): ${allowed[language]}`;
      })
      .join("; "),
  );
};

export const saySource: Say = (value) => {
  if (value === undefined) return words.none;
  const { device, address, type, scale, offset, expression, over } = saidOf(value);
  if (expression !== undefined)
    return textOf(`${textOfPlain(expression)}; ${type}${over === undefined ? "" : `; ${listed(over)}`}`);
  const scaled = scale === 1 && offset === 0 ? "" : ` × ${scale} + ${offset}`;
  return textOf(`${device}: ${listed(address)}; ${type}${scaled}`);
};

export const sayLock: Say = (value) => {
  if (value === undefined) return words.none;
  const { device, address } = saidOf(value);
  return textOf(`${device}: ${listed(address)}`);
};

export const sayConnection: Say = (value) => {
  if (value === undefined) return words.none;
  const { driver, settings } = saidOf(value);
  return textOf(`${driver}: ${listed(settings)}`);
};

export function saidOf(value: Plain | undefined): Said {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Said) : {};
}
