import type { LanguageCode } from "../format/number.ts";

/** The drivers speak English; what they say most is said here in Italian. What is not known stays as it came. */
const italian: ReadonlyMap<string, string> = new Map([
  ["nobody listens there", "lì non ascolta nessuno"],
  ["no connection in time", "nessuna connessione entro il tempo"],
  ["no answer in time", "nessuna risposta entro il tempo"],
  ["no way to this address", "indirizzo non raggiungibile"],
  ["no way to this network", "rete non raggiungibile"],
  ["the name is not known", "il nome non è conosciuto"],
  ["the name cannot be looked up now", "il nome adesso non si può risolvere"],
  ["the connection is closed", "la connessione è chiusa"],
  ["the connection broke", "la connessione si è interrotta"],
  ["the device does not answer", "il dispositivo non risponde"],
  ["the device reset the connection", "il dispositivo ha interrotto la connessione"],
  ["the device closed the connection", "il dispositivo ha chiuso la connessione"],
  ["the server does not answer", "il server non risponde"],
  ["the server reset the connection", "il server ha interrotto la connessione"],
  ["the server closed the connection", "il server ha chiuso la connessione"],
  ["the server does not trust this gateway's certificate", "il server non si fida del certificato di questo gateway"],
  ["the server refuses this gateway's certificate", "il server rifiuta il certificato di questo gateway"],
  ["the server refuses the user or the password", "il server rifiuta l'utente o la password"],
  ["the server has no session free", "il server non ha sessioni libere"],
  ["the server is too busy", "il server è troppo occupato"],
  ["the server is halted", "il server è fermo"],
  ["the server shuts down", "il server si sta spegnendo"],
  ["the server has no subscription free", "il server non ha sottoscrizioni libere"],
  ["the server does not have this service", "il server non ha questo servizio"],
  ["the server monitors no more nodes", "il server non monitora altri nodi"],
  ["the server refuses a subscription", "il server rifiuta una sottoscrizione"],
  ["the server refuses a monitored item", "il server rifiuta un elemento monitorato"],
  ["the server refuses an absolute dead band", "il server rifiuta una banda morta assoluta"],
  ["the user may not do this", "l'utente non può farlo"],
  ["the broker closed the connection", "il broker ha chiuso la connessione"],
  ["the broker ended the session", "il broker ha chiuso la sessione"],
  ["the connection to the broker is gone", "la connessione al broker è caduta"],
  ["a fault in it", "un suo errore"],
]);

/** With a name or a figure in it. */
const italianPatterns: readonly (readonly [RegExp, string])[] = [
  [/^the (\S+) driver was ended$/, "il driver $1 è stato terminato"],
  [/^the (\S+) driver is still being started$/, "il driver $1 si sta ancora avviando"],
  [/^it did not answer for (\S+) s$/, "non ha risposto per $1 s"],
  [/^it did not start within (\d+) ms$/, "non si è avviato entro $1 ms"],
  [/^it ended by itself \((\d+)\)$/, "è terminato da sé ($1)"],
  [/^it needed more than (\d+) MiB$/, "aveva bisogno di più di $1 MiB"],
];

/** What a device says of itself as people read it: `address: what happened`, `what: why (BadName)`. */
export function deviceError(text: string, language: LanguageCode): string {
  if (language === "en") return text;
  return text.split(": ").map(piece).join(": ");
}

function piece(text: string): string {
  const [, words = text, name = ""] = /^(.*?)( \(Bad\w+\))?$/s.exec(text) ?? [];
  return `${italian.get(words) ?? byPattern(words)}${name}`;
}

function byPattern(words: string): string {
  const [pattern, meaning] = italianPatterns.find(([each]) => each.test(words)) ?? [];
  return pattern && meaning !== undefined ? words.replace(pattern, meaning) : words;
}
