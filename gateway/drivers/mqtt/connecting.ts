import { randomBytes } from "node:crypto";
import type { IClientOptions } from "mqtt";
import { PlanciaError } from "../../core/errors.ts";
import type { MqttSettings } from "./settings.ts";

/** mqtt.js as a plain client: it repairs nothing, queues nothing (R4) and believes no certificate blindly. */
export function clientOptions(settings: MqttSettings): IClientOptions {
  const { user, password, ca, cert, key, passphrase, serverName, session, will } = settings;
  const isVersion5 = settings.version === "5";
  const properties = {
    // What is too large is dropped and counted; what is out of all measure never comes here at all.
    maximumPacketSize: 2 * settings.maxPayload + 65_536,
    ...(session === undefined ? {} : { sessionExpiryInterval: Math.round(session.expiry / 1000) }),
  };
  return {
    protocolVersion: isVersion5 ? 5 : 4,
    ...(isVersion5 ? { properties } : {}),
    clientId: settings.clientId ?? `plancia-${randomBytes(8).toString("hex")}`,
    // What a broker kept while we were away would pass for fresh; with a session, `Session` tells it apart.
    clean: session === undefined,
    keepalive: Math.max(1, Math.round(settings.keepalive / 1000)),
    connectTimeout: settings.connectTimeout,
    reconnectPeriod: 0,
    queueQoSZero: false,
    rejectUnauthorized: true,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(will && {
      will: { topic: will.topic, payload: Buffer.from(will.offline), qos: will.qos, retain: will.retain },
    }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

/** TLS faults are a matter of trust, to be settled by a person; all else may pass by itself. */
export function connectError(error: unknown, url: string): PlanciaError {
  const { code, message } = error as { code?: string | number; message?: string };
  const text = message || String(code ?? error);
  if (/ALERT/.test(String(code))) {
    return new PlanciaError("device/settings", `${url}: the broker does not take our certificate (${text})`, {
      cause: error,
    });
  }
  if (/CERT|SIGNATURE|SELF_SIGNED|ALTNAME/.test(String(code))) {
    return new PlanciaError("device/untrusted", `${url}: the certificate is not trusted (${text})`, { cause: error });
  }
  if (/not authorized|bad user ?name|unacceptable protocol|identifier rejected|unsupported protocol/i.test(text)) {
    return new PlanciaError("device/settings", `${url}: the broker refused us (${text})`, { cause: error });
  }
  return new PlanciaError("device/connection-lost", `${url}: ${text}`, { cause: error });
}

/** Why the broker ended the connection (MQTT 5, 3.14.2.1), where it says so. */
export function endedBecause(reasonCode: number | undefined): string {
  if (reasonCode === 0x8e) return "another client took over our client id";
  return `the broker ended the session${reasonCode === undefined ? "" : ` (reason 0x${reasonCode.toString(16)})`}`;
}
