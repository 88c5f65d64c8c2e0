import type { RetentionState, TargetStatus } from "../../core/history-port.ts";
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

export function targetView({ lagMs, lastSentMs, ...status }: TargetStatus): TargetView {
  return {
    ...status,
    lagS: lagMs === undefined ? undefined : Math.round(lagMs / 1000),
    lastSentAt: lastSentMs === undefined ? undefined : instant(lastSentMs),
  };
}

function warnings({ useCases, transport, clock }: ApiContext): Text[] {
  const { security } = useCases.plant;
  const { fault, damage, samplesDropped, retention } = useCases.history.statistics();
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
  found.push(...storageWarnings(retention));
  if (damage.length > 0) {
    found.push({ en: "Parts of the history are damaged.", it: "Parti dello storico sono danneggiate." });
  }
  return found;
}

/** With less than this part of the disk free somebody has to do something. */
const leastFree = 0.05;
/** And with fewer days until it is full. */
const leastDays = 14;

function storageWarnings(retention: RetentionState | undefined): Text[] {
  const found: Text[] = [];
  const { disk, retiredUnsent = 0, overLimit, fullInDays = Number.POSITIVE_INFINITY } = retention ?? {};
  if (disk && disk.freeBytes < leastFree * disk.totalBytes) {
    const percent = Math.floor((100 * disk.freeBytes) / disk.totalBytes);
    const free = `${Math.floor(disk.freeBytes / 1e6)} MB, ${percent} %`;
    found.push({
      en: `The disk of the history is almost full: ${free} free.`,
      it: `Il disco dello storico è quasi pieno: ${free} liberi.`,
    });
  }
  if (fullInDays < leastDays) {
    const days = Math.floor(fullInDays);
    found.push({
      en: `At the pace of the last days the history fills its disk in ${days} days.`,
      it: `Al ritmo degli ultimi giorni lo storico riempie il suo disco in ${days} giorni.`,
    });
  }
  if (overLimit) {
    found.push({
      en: "The limit of the disk is passed, and there is no old history left to delete.",
      it: "Il limite del disco è superato e non c'è più storico vecchio da eliminare.",
    });
  }
  if (retiredUnsent > 0) {
    found.push({
      en: `${retiredUnsent} samples were deleted for want of room before a server had them.`,
      it: `${retiredUnsent} campioni sono stati eliminati per mancanza di spazio prima che un server li avesse.`,
    });
  }
  return found;
}
