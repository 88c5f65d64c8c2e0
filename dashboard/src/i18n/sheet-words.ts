/** The words of tags as a sheet, in both languages. */
export const sheetWordsEn = {
  "tag-sheet.title": "Tags as a sheet",
  "tag-sheet.what":
    "Tags of the configuration file as CSV, out and in. Everything else of the file stays as it was written.",
  "tag-sheet.save": "Save the sheet",
  "tag-sheet.file": "CSV file, as a spreadsheet saves it",
  "tag-sheet.skip": "Take the rows that are right though others are wrong",
  "tag-sheet.new-machines": "Add machines that are named and not there",
  "tag-sheet.looking": "Each row is tried on the file…",
  "tag-sheet.taking": "It is put into the file…",
  "tag-sheet.counts":
    "Rows: {{added}} would be added, {{changed}} changed, {{left}} left as they are, {{bad}} wrong. Nothing was changed yet.",
  "tag-sheet.bad": "Rows that are wrong",
  "tag-sheet.more": "and {{count}} more: plancia import FILE.csv --dry-run",
  "tag-sheet.row": "Row",
  "tag-sheet.column": "Column",
  "tag-sheet.cell": "What stands there",
  "tag-sheet.reason": "Why, and what would be right",
  "tag-sheet.whole": "The sheet",
  "tag-sheet.heading": "Heading",
  "tag-sheet.refused": "As long as one row is wrong, none is taken.",
  "tag-sheet.would": "What would change",
  "tag-sheet.why": "Why (kept with the version)",
  "tag-sheet.then":
    "It takes effect at the next start of the gateway. What lies there now is kept, and what widens control waits as ever.",
  "tag-sheet.take": "Add {{added}}, change {{changed}} in the file",
  "tag-sheet.taken": "The file is version {{n}} now. It takes effect at the next start of the gateway.",
  "tag-sheet.same": "The file says that already.",
  "tag-sheet.too-large": "The sheet has more than 4 MiB: split it.",
} as const;

export const sheetWordsIt: Readonly<Record<keyof typeof sheetWordsEn, string>> = {
  "tag-sheet.title": "Variabili in tabella",
  "tag-sheet.what":
    "Le variabili del file di configurazione come CSV, in uscita e in entrata. Tutto il resto del file resta com’è scritto.",
  "tag-sheet.save": "Salva la tabella",
  "tag-sheet.file": "File CSV, come lo salva un foglio di calcolo",
  "tag-sheet.skip": "Prendi le righe giuste anche se altre sono errate",
  "tag-sheet.new-machines": "Aggiungi le macchine nominate che non ci sono",
  "tag-sheet.looking": "Ogni riga è provata sul file…",
  "tag-sheet.taking": "Viene messa nel file…",
  "tag-sheet.counts":
    "Righe: {{added}} da aggiungere, {{changed}} da modificare, {{left}} invariate, {{bad}} errate. Non è ancora cambiato niente.",
  "tag-sheet.bad": "Righe errate",
  "tag-sheet.more": "e altre {{count}}: plancia import FILE.csv --dry-run",
  "tag-sheet.row": "Riga",
  "tag-sheet.column": "Colonna",
  "tag-sheet.cell": "Cosa vi sta",
  "tag-sheet.reason": "Perché, e cosa sarebbe giusto",
  "tag-sheet.whole": "La tabella",
  "tag-sheet.heading": "Intestazione",
  "tag-sheet.refused": "Finché una riga è errata non se ne prende nessuna.",
  "tag-sheet.would": "Cosa cambierebbe",
  "tag-sheet.why": "Perché (resta con la versione)",
  "tag-sheet.then":
    "Avrà effetto al prossimo avvio del gateway. Il file attuale è conservato, e ciò che amplia il comando resta in attesa come sempre.",
  "tag-sheet.take": "Aggiungi {{added}}, modifica {{changed}} nel file",
  "tag-sheet.taken": "Il file è ora la versione {{n}}. Avrà effetto al prossimo avvio del gateway.",
  "tag-sheet.same": "Il file lo dice già.",
  "tag-sheet.too-large": "La tabella supera 4 MiB: va divisa.",
};
