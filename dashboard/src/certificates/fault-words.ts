import type { LanguageCode } from "../format/number.ts";

/** The gateway says in English what speaks against a certificate; what it says most is said here in Italian. */
const italian: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^it is revoked since (\S+)$/, "revocato dal $1"],
  [/^(.+) is revoked since (\S+)$/, "$1 è revocato dal $2"],
  [/^it was rejected$/, "è stato rifiutato"],
  [/^(.+) was rejected$/, "$1 è stato rifiutato"],
  [/^it expired on (\S+)$/, "è scaduto il $1"],
  [/^(.+) expired on (\S+)$/, "$1 è scaduto il $2"],
  [/^it is valid only from (\S+)$/, "è valido solo dal $1"],
  [/^(.+) is valid only from (\S+)$/, "$1 è valido solo dal $2"],
  [/^the issuer of (.+) is not known here: (.+)$/, "chi ha rilasciato $1 qui non è noto: $2"],
  [/^(.+) is trusted by nobody here \((.+)\)$/, "$1 qui non è accettato da nessuno ($2)"],
  [/^(.+) is not signed by the key of its issuer (.+)$/, "$1 non è firmato con la chiave di $2"],
  [/^(.+) is no authority, and may sign for nobody$/, "$1 non è un'autorità e non può firmare per nessuno"],
  [/^the chain (?:it sends )?is longer than (\d+) certificates$/, "la catena è più lunga di $1 certificati"],
  [/^the chain is too long: (.+) allows (\d+) .* these are (\d+)$/, "catena troppo lunga: $1 ne permette $2, sono $3"],
  [
    /^what it sends behind its certificate is no certificate$/,
    "ciò che invia dopo il certificato non è un certificato",
  ],
  [/^there is no revocation list of (.+) here(.*)$/, "qui manca la lista di revoca di $1$2"],
  [
    /^the revocation list of (.+) is too old: it ended on (\S+)$/,
    "la lista di revoca di $1 è troppo vecchia: è scaduta il $2",
  ],
  [/^it is not made for a server$/, "non è fatto per un server"],
  [/^it is the certificate of an authority$/, "è il certificato di un'autorità"],
  [/^no authority stands behind it$/, "nessuna autorità lo garantisce"],
  [/^(it|.+) is signed with an algorithm that is out of use$/, "firmato con un algoritmo fuori uso ($1)"],
  [
    /^this is the certificate of an authority, not of a device.*$/,
    "È il certificato di un'autorità, non di un dispositivo: va portato come autorità",
  ],
  [
    /^this is no certificate of an authority.*$/,
    "Non è il certificato di un'autorità (CA): non può firmare per nessuno",
  ],
  [/^there are several.* in this file.*$/, "In questo file ce ne sono più d'uno: portarli uno alla volta"],
  [/^this is no revocation list.*$/, "Non è una lista di revoca in DER o PEM"],
  [
    /^this revocation list is only a part.*$/,
    "È solo una parte di una lista di revoca, o per altre autorità: serve quella intera",
  ],
  [
    /^nobody here knows its authority (.+): bring.*$/,
    "Qui nessuno conosce la sua autorità $1: portarne prima il certificato",
  ],
  [/^this revocation list is not signed by (.+), but .*$/, "Questa lista di revoca non è firmata da $1"],
  [/^this revocation list holds only from (\S+)$/, "Questa lista di revoca vale solo dal $1"],
  [/^this revocation list is too old: it ended on (\S+)$/, "Questa lista di revoca è troppo vecchia: è scaduta il $1"],
  [
    /^this revocation list is older than the one that is there, of (\S+)$/,
    "Questa lista di revoca è più vecchia di quella che c'è, del $1",
  ],
];

/** Several faults stand one after the other, with `; ` between them. */
export function faultWords(text: string, language: LanguageCode): string {
  if (language === "en") return text;
  const words = text.split("; ").map((fault) => {
    const known = italian.find(([pattern]) => pattern.test(fault));
    return known ? fault.replace(known[0], known[1]) : fault;
  });
  return words.join("; ");
}
