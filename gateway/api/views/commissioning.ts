import type { CommissioningSheet } from "../../services/acceptance/commissioning.ts";
import type { UseCases } from "../../services/use-cases.ts";
import type { CommissioningView } from "../wire/commissioning.ts";
import { acceptedView, changeView } from "./changes.ts";

export function commissioningView({ plant, version }: UseCases, sheet: CommissioningSheet): CommissioningView {
  const { equipment, digest, accepted, signature } = sheet;
  const { id, name, area, description, commissioning } = equipment;
  return {
    ...{ equipment: id, name, area, description, digest, signature },
    ...{ site: plant.site.name, gateway: plant.gatewayId, version },
    machine: [...sheet.machine],
    waiting: sheet.waiting.map(changeView),
    tags: sheet.tags.map(({ tag, rows }) => ({
      ...{ target: tag.name, name: tag.label, class: tag.writable?.class ?? "C1", unit: tag.unit },
      ...{ consequence: tag.writable?.consequence, rows: [...rows] },
    })),
    commands: sheet.commands.map(({ command, rows }) => ({
      ...{ target: `${id}:${command.id}`, name: command.name, class: command.class },
      ...{ consequence: command.consequence, rows: [...rows] },
    })),
    alone: [...sheet.alone],
    hazards: [...(commissioning?.hazards ?? [])],
    measures: [...(commissioning?.measures ?? [])],
    ...{ signedBy: commissioning?.signedBy, signedOn: commissioning?.signedOn },
    accepted: accepted && acceptedView(accepted),
  };
}
