import { PlanciaError } from "../../core/errors.ts";
import type { WireSettings } from "./secure-layer.ts";

const socketWords = new Map([
  ["ECONNREFUSED", "nobody listens there"],
  ["ECONNRESET", "the server reset the connection"],
  ["EHOSTUNREACH", "no way to this address"],
  ["ENETUNREACH", "no way to this network"],
  ["ENOTFOUND", "the name is not known"],
  ["EAI_AGAIN", "the name cannot be looked up now"],
  ["ETIMEDOUT", "the server does not answer"],
  ["EPIPE", "the connection is closed"],
]);

const statusWords = new Map([
  ["BadUserAccessDenied", "the user may not do this"],
  ["BadIdentityTokenInvalid", "the server does not understand this kind of sign-in"],
  ["BadIdentityTokenRejected", "the server refuses the user or the password"],
  ["BadCertificateUntrusted", "the server does not trust this gateway's certificate"],
  ["BadSecurityChecksFailed", "the server refuses this gateway's certificate"],
  ["BadCertificateUriInvalid", "the server finds this gateway's certificate made for another application"],
  ["BadTooManySessions", "the server has no session free"],
  ["BadTooManySubscriptions", "the server has no subscription free"],
  ["BadServiceUnsupported", "the server does not have this service"],
  ["BadTooManyMonitoredItems", "the server monitors no more nodes"],
  ["BadTcpEndpointUrlInvalid", "the server does not know this endpoint address"],
  ["BadTcpServerTooBusy", "the server is too busy"],
  ["BadServerHalted", "the server is halted"],
  ["BadShutdown", "the server shuts down"],
  ["BadNotWritable", "it cannot be written"],
  ["BadTypeMismatch", "the device wants another data type"],
  ["BadOutOfRange", "the device says: out of range"],
  ["BadNodeIdUnknown", "the server has no such node"],
  ["BadNodeIdInvalid", "the server finds the node id wrong"],
  ["BadLocked", "another client has locked the device"],
  ["BadInvalidState", "the device does not do this in its present state"],
  ["BadMethodInvalid", "the object has no such method"],
  ["BadNotExecutable", "the method may not be called now"],
  ["BadArgumentsMissing", "the method wants more arguments"],
  ["BadTooManyArguments", "the method wants fewer arguments"],
  ["BadInvalidArgument", "the method refuses an argument"],
  ["BadTimeout", "the server gave up waiting for its device"],
]);

/** An error of a socket or of node-opcua in one line that a person can act on. */
export function plainWords(error: Error & { code?: string; errors?: readonly Error[] }): string {
  const text = [error.code ?? "", error.message, ...(error.errors ?? []).map(({ message }) => message)].join(" ");
  for (const [code, words] of [...socketWords, ...statusWords]) {
    if (new RegExp(`\\b${code}\\b`).test(text)) return words;
  }
  if (/disconnected by third party|ended by server/.test(text)) return "the server closed the connection";
  if (/Connection Break|premature socket termination|socket timeout/.test(text)) return "the connection broke";
  return error.message.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}

/** A status code for people: what it means, and its name to search for. */
export function statusText(name: string): string {
  const plain = name.replace(/#.*$/, "");
  const words = statusWords.get(plain);
  return words === undefined ? plain : `${words} (${plain})`;
}

const refusesUs = /Bad(SecurityChecksFailed|Certificate\w+)/;

/** Why the secure channel did not open: the server is not there, or does not want our certificate. */
export function connectError(error: Error & { response?: unknown }, settings: WireSettings): PlanciaError {
  const { endpoint, security } = settings;
  const words = `${endpoint}: ${plainWords(error)}`;
  const text = `${error.message} ${String((error as { response?: { responseHeader?: unknown } }).response ?? "")}`;
  if (security.mode === "None" || !refusesUs.test(text)) {
    return new PlanciaError("device/connection-lost", words, { cause: error });
  }
  const hint = `let the server trust it: ${security.own.file}, ${security.own.certificate.fingerprint}`;
  return new PlanciaError("device/untrusted", `${words}; ${hint}`, { cause: error });
}
