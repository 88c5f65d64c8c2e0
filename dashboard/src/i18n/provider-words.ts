/** The words of signing in at a provider, in both languages. */
export const providerWordsEn = {
  "provider.or": "or",
  "provider.with": "Sign in with {{name}}",
  "provider.flow-lost": "That took too long, was used already, or began in another window. Begin again.",
  "provider.provider-unavailable":
    "The sign-in provider does not answer. Try again later, or sign in with a local account.",
  "provider.provider-refused": "The sign-in at the provider did not succeed. The Log page has the reason.",
  "provider.not-mapped": "You are known there, but no group of yours has a role here. Ask an administrator.",
  "provider.disabled": "Your account is disabled here. Ask an administrator.",
  "provider.failed": "The sign-in did not succeed. The Log page has the reason.",
  "provider.factor-what":
    "Your account has no password here. Set the second factor up within five minutes of signing in; if it is longer, sign out and in again.",
  "provider.factor-late": "Your sign-in is too long ago. Sign out, sign in again, and set it up within five minutes.",
};

export const providerWordsIt: Record<keyof typeof providerWordsEn, string> = {
  "provider.or": "oppure",
  "provider.with": "Accedi con {{name}}",
  "provider.flow-lost": "È passato troppo tempo, è già stato usato o è iniziato in un'altra finestra. Ricomincia.",
  "provider.provider-unavailable":
    "Il fornitore di accesso non risponde. Riprova più tardi o accedi con un account locale.",
  "provider.provider-refused": "L'accesso presso il fornitore non è riuscito. Il motivo è nella pagina Registro.",
  "provider.not-mapped": "Lì sei noto, ma nessun tuo gruppo ha un ruolo qui. Chiedi a un amministratore.",
  "provider.disabled": "Il tuo account qui è disattivato. Chiedi a un amministratore.",
  "provider.failed": "L'accesso non è riuscito. Il motivo è nella pagina Registro.",
  "provider.factor-what":
    "Il tuo account qui non ha password. Imposta il secondo fattore entro cinque minuti dall'accesso; se è passato di più, esci e accedi di nuovo.",
  "provider.factor-late": "L'accesso è di troppo tempo fa. Esci, accedi di nuovo e impostalo entro cinque minuti.",
};
