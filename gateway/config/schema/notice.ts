import { z } from "zod";
import { textOf } from "../../core/text.ts";

const Page = z.string().min(1).max(8_000);

/** As delivered; whoever employs people has it checked and puts its own in its place. */
const delivered = {
  it: `TESTO DI BASE, DA FAR VERIFICARE DALL’IMPRESA PRIMA DELL’USO.

Che cosa si registra. Plancia conserva un registro di chi accede e di chi esce, da quale indirizzo di rete e con quale programma; di ogni richiesta a una macchina (che cosa, quando, con quale motivo e con quale esito), anche se rifiutata; delle prenotazioni; delle modifiche a persone, permessi e configurazione. Lo schermo non viene registrato.

Perché. Per la sicurezza delle persone e delle macchine, per la tutela del patrimonio aziendale, per dimostrare gli interventi a distanza e per la sicurezza del sistema. Il registro non serve a misurare l’attività delle singole persone e Plancia non ne fa statistiche. Se lo strumento consente un controllo a distanza dell’attività dei lavoratori, vale l’art. 4 della legge 300/1970: accordo sindacale o autorizzazione dell’Ispettorato, e questa informativa.

Per quanto tempo. Interventi {intervention} giorni, amministrazione {administration} giorni, accessi {sign-in} giorni; poi i dati personali vengono cancellati.

I Suoi diritti. Accesso, rettifica, cancellazione, limitazione e opposizione (artt. 15–22 del regolamento (UE) 2016/679) e reclamo al Garante per la protezione dei dati personali.

A chi rivolgersi: {contact}.`,
  en: `TEXT AS DELIVERED, TO BE CHECKED BY THE FIRM BEFORE IT IS USED.

What is recorded. Plancia keeps a log of who signs in and out, from which network address and with which program; of every request to a machine (what, when, for which reason and what came of it), refused ones too; of bookings; of changes to people, rights and configuration. Screens are not recorded.

Why. For the safety of people and machines, to protect the firm’s property, to show who intervened from afar, and for the security of the system. The log is not there to measure what single persons do, and Plancia makes no statistics of it. Where a tool makes it possible to watch workers from afar, art. 4 of the Italian law 300/1970 holds: an agreement with the unions or an authorisation of the Inspectorate, and this notice.

For how long. Interventions {intervention} days, administration {administration} days, sign-ins {sign-in} days; then what is personal is erased.

Your rights. Access, correction, erasure, restriction and objection (articles 15–22 of Regulation (EU) 2016/679), and complaint to the data protection authority.

Whom to ask: {contact}.`,
};

export const Notice = z
  .strictObject({
    it: Page.optional().describe("Italian. Either language serves both where only one is given."),
    en: Page.optional().describe("English."),
    contact: z.string().min(1).max(200).optional().describe("Whom to ask; the site's phone where it is not given."),
  })
  .transform(({ it, en, contact }) => {
    const own = it !== undefined || en !== undefined;
    return { text: own ? textOf({ it, en }) : delivered, contact, checked: own };
  });
