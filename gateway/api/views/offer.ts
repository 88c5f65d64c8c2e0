import type { Approval, CommandArgument, DeclaredCommand } from "../../core/plant.ts";
import { toJson } from "../../core/value.ts";
import type { CommandStanding } from "../../services/use-cases.ts";
import type { ApprovalView, ArgumentView, CommandOffer } from "../wire/equipment.ts";
import { causeView } from "./command.ts";

/** A declared command as it stands for the caller; nothing said means: not allowed (R9). */
export function offerView(command: DeclaredCommand, standing: CommandStanding | undefined): CommandOffer {
  const { permit } = command;
  return {
    allowed: standing?.allowed ?? false,
    causes: (standing?.causes ?? []).map(causeView),
    id: command.id,
    name: command.name,
    class: command.class,
    legal: standing?.legal ?? false,
    states: command.states && [...command.states],
    arguments: command.arguments.map(argumentView),
    permit: permit && {
      kind: permit.kind,
      ...(permit.kind === "warning" ? { text: permit.text } : {}),
      given: standing?.permit ?? "unknown",
    },
    approval: approvalView(command.approval),
    consequence: command.consequence,
    effect: command.feedback && { when: command.feedback.when, withinMs: command.feedback.withinMs },
  };
}

export function approvalView({ required, preApproved }: Approval): ApprovalView {
  if (preApproved === undefined) return { required };
  return { required, preApproved: preApproved === "any" ? "any" : [preApproved[0], preApproved[1]] };
}

function argumentView(argument: CommandArgument): ArgumentView {
  const { limits, values, suggested } = argument;
  return {
    id: argument.id,
    name: argument.name,
    type: argument.type,
    unit: argument.unit,
    decimals: argument.decimals,
    limits: limits && [limits[0], limits[1]],
    values: values?.map(toJson),
    suggested: suggested === undefined ? undefined : toJson(suggested),
  };
}
