import type { TargetStatus } from "../../core/history-port.ts";
import type { Text } from "../../core/text.ts";
import type { ServerCertificate } from "../../services/use-cases.ts";
import type { ApiContext } from "../context.ts";
import type { SystemView, TargetView } from "../wire/administration.ts";
import { instant } from "./times.ts";

/** How the gateway itself is, with everything about it that a person should know aloud. */
export function systemView(context: ApiContext): SystemView {
  const { useCases, clock, live } = context;
  const { plant, version, startedAtMs } = useCases;
  const history = useCases.history.statistics();
  return {
    version,
    gateway: plant.gatewayId,
    site: { id: plant.site.id, name: plant.site.name, timezone: plant.site.timezone, phone: plant.site.phone },
    now: instant(clock.wallMs()),
    uptimeS: Math.max(0, Math.round((clock.wallMs() - startedAtMs) / 1000)),
    secondFactor: plant.security.secondFactor,
    tls: plant.server.tls.mode,
    certificate: certificateView(useCases.certificate?.()),
    warnings: warnings(context),
    history: {
      samplesCommitted: history.samplesCommitted,
      samplesDropped: history.samplesDropped,
      queued: history.queued,
      points: history.points,
      bytesOnDisk: history.bytesOnDisk,
      fault: history.fault,
      damage: [...history.damage],
    },
    targets: (useCases.targets?.() ?? []).map(targetView),
    sockets: live.statistics().sockets,
  };
}

function certificateView(found: ServerCertificate | undefined): SystemView["certificate"] {
  return found && { endsAt: instant(found.endsAtMs), fingerprint: found.authority?.fingerprint };
}

function targetView({ lagMs, lastSentMs, ...status }: TargetStatus): TargetView {
  return {
    ...status,
    lagS: lagMs === undefined ? undefined : Math.round(lagMs / 1000),
    lastSentAt: lastSentMs === undefined ? undefined : instant(lastSentMs),
  };
}

function warnings({ useCases, transport, clock }: ApiContext): Text[] {
  const { security } = useCases.plant;
  const { fault, damage, samplesDropped } = useCases.history.statistics();
  const found: Text[] = [];
  if (security.secondFactor === "off") {
    found.push({ en: "The second factor is off.", it: "Il secondo fattore è disattivato." });
  }
  if (transport === "http") {
    found.push({ en: "The gateway itself speaks without TLS.", it: "Il gateway stesso comunica senza TLS." });
  }
  const ends = useCases.certificate?.()?.endsAtMs;
  const days = ends === undefined ? undefined : Math.floor((ends - clock.wallMs()) / 86_400_000);
  if (days !== undefined && days < 14) {
    found.push({ en: `The TLS certificate ends in ${days} days.`, it: `Il certificato TLS scade tra ${days} giorni.` });
  }
  if (fault !== undefined) {
    found.push({ en: `History cannot be recorded: ${fault}`, it: `Lo storico non può essere registrato: ${fault}` });
  }
  if (samplesDropped > 0) {
    found.push({ en: `${samplesDropped} samples were lost.`, it: `${samplesDropped} campioni sono andati persi.` });
  }
  for (const { id, error } of useCases.targets?.() ?? []) {
    if (error === undefined) continue;
    found.push({ en: `Forwarding to ${id} waits: ${error}`, it: `L'inoltro a ${id} attende: ${error}` });
  }
  if (damage.length > 0) {
    found.push({ en: "Parts of the history are damaged.", it: "Parti dello storico sono danneggiate." });
  }
  return found;
}
