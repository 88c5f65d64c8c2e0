import type { Place } from "../cli/actions.ts";
import type {
  Rendered,
  ShownTemplate,
  TemplateActions,
  TemplateEntry,
  TemplateParameter,
} from "../cli/template-actions.ts";
import type { Parameter } from "../config/schema/template.ts";
import { listTemplates, renderConfigured, renderOne, takeTemplate } from "../config/templates/render.ts";
import type { Template } from "../config/templates/template.ts";
import { PlanciaError } from "../core/errors.ts";

export const templateActions: TemplateActions = {
  async templates({ config }: Place): Promise<readonly TemplateEntry[]> {
    return (await listTemplates(config)).map(({ name, from, taken }) => ({
      ...{ name, from },
      title: taken.ok ? taken.template.title : undefined,
      parameters: taken.ok ? taken.template.parameters.size : 0,
      problems: taken.ok ? [] : taken.problems,
    }));
  },
  async template({ config }, name) {
    const taken = await takeTemplate(config, name);
    if (taken.ok) return shownOf(taken.template);
    const [first = `there is no template "${name}"`] = taken.problems;
    throw new PlanciaError(first.startsWith("there is no") ? "request/not-found" : "start/config", first);
  },
  async renderTemplate({ config }, asked): Promise<Rendered> {
    const rendered =
      "equipment" in asked
        ? await renderConfigured(config, asked.equipment)
        : await renderOne(config, asked.template, asked.id, asked.given);
    return rendered.ok ? rendered : { ok: false, problems: rendered.problems.map((message) => ({ message })) };
  },
};

function shownOf({ name, file, title, description, parameters, devices, machine }: Template): ShownTemplate {
  return {
    ...{ name, file, title, description },
    parameters: [...parameters].map(([id, parameter]) => parameterOf(id, parameter)),
    devices: Object.keys(devices),
    tags: Object.keys(machine["tags"] ?? {}),
    commands: Object.keys(machine["commands"] ?? {}),
  };
}

function parameterOf(name: string, parameter: Parameter): TemplateParameter {
  const { type, choices, min, max, optional, description } = parameter;
  const span = [min === undefined ? "" : `from ${min}`, max === undefined ? "" : `to ${max}`].filter(Boolean).join(" ");
  const what = choices ? `one of ${choices.map(String).join(", ")}` : span === "" ? type : `${type}, ${span}`;
  const given = parameter.default === undefined ? undefined : JSON.stringify(parameter.default);
  return { name, type: what, default: given, needed: given === undefined && !optional, description };
}
