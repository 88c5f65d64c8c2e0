import type { Text } from "../api/wire.ts";

/** OPC UA StatusCodes (Part 4 §7.39, Part 6 Annex A) by their upper 16 bits, in words. */
const words: ReadonlyMap<number, Text> = new Map([
  [0x0000, { en: "Good", it: "Valido" }],
  [0x0096, { en: "Forced by hand", it: "Forzato a mano" }],
  [0x4000, { en: "Uncertain", it: "Incerto" }],
  [
    0x408f,
    { en: "Last value before the connection was lost", it: "Ultimo valore prima della perdita del collegamento" },
  ],
  [0x4090, { en: "Last usable value", it: "Ultimo valore utilizzabile" }],
  [0x4092, { en: "Value of the start", it: "Valore iniziale" }],
  [0x4094, { en: "Outside of the instrument's range", it: "Fuori dal campo dello strumento" }],
  [0x40a4, { en: "Partly without data", it: "Dati in parte mancanti" }],
  [0x8000, { en: "Bad", it: "Non valido" }],
  [0x8001, { en: "Unexpected error", it: "Errore imprevisto" }],
  [0x8002, { en: "Internal error", it: "Errore interno" }],
  [0x8005, { en: "Communication error", it: "Errore di comunicazione" }],
  [0x8007, { en: "Cannot be decoded", it: "Non decodificabile" }],
  [0x800a, { en: "No answer in time", it: "Nessuna risposta in tempo" }],
  [0x800c, { en: "Shut down", it: "Arresto del dispositivo" }],
  [0x800d, { en: "Server not connected", it: "Server non collegato" }],
  [0x801f, { en: "Access denied by the device", it: "Accesso negato dal dispositivo" }],
  [0x8023, { en: "Time of the value not valid", it: "Ora del valore non valida" }],
  [0x8031, { en: "No communication", it: "Nessuna comunicazione" }],
  [0x8032, { en: "Waiting for the first value", it: "In attesa del primo valore" }],
  [0x8034, { en: "Unknown to the device", it: "Sconosciuto al dispositivo" }],
  [0x803a, { en: "Not readable", it: "Non leggibile" }],
  [0x803c, { en: "Out of range", it: "Fuori campo" }],
  [0x803d, { en: "Not supported", it: "Non previsto" }],
  [0x8074, { en: "Of another type", it: "Di altro tipo" }],
  [0x8089, { en: "Configuration error", it: "Errore di configurazione" }],
  [0x808a, { en: "Not connected", it: "Non collegato" }],
  [0x808b, { en: "Device failure", it: "Guasto del dispositivo" }],
  [0x808c, { en: "Sensor failure", it: "Guasto del sensore" }],
  [0x808d, { en: "Out of service", it: "Fuori servizio" }],
  [0x809b, { en: "No data: the gateway was not running", it: "Nessun dato: il gateway non era in funzione" }],
  [0x809d, { en: "Data lost", it: "Dati persi" }],
]);

const severities: readonly Text[] = [
  { en: "Good", it: "Valido" },
  { en: "Uncertain", it: "Incerto" },
  { en: "Bad", it: "Non valido" },
  { en: "Bad", it: "Non valido" },
];

/** `status` is an unsigned 32-bit number. A code without a word of its own is named by its severity and figures. */
export function statusWords(status: number): Text {
  const known = words.get(status >>> 16);
  if (known) return known;
  const code = `0x${(status >>> 0).toString(16).padStart(8, "0").toUpperCase()}`;
  const severity = severities[status >>> 30] ?? { en: "Bad", it: "Non valido" };
  return { en: `${severity.en} (${code})`, it: `${severity.it} (${code})` };
}
