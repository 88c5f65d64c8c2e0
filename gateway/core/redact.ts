/** What stands in the place of a secret. */
export const redacted = "[redacted]";

/** Names whose value is a secret, wherever they stand: `password`, `accessToken`, `client_secret`, `apiKey` … */
const secretName =
  /pass(word|phrase|wd)?$|secret|token|credential|authorization|cookie|^pin$|(^|[_-])key$|apikey|privatekey/i;
/** Shorter ones would blacken half of the text, and are no secrets. */
const shortest = 6;

const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, redacted],
  [/plancia-key-1 [A-Za-z0-9_-]+/g, redacted],
  // RFC 7519: three parts of base64url, the first a JSON object.
  [/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, redacted],
  [/\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]+/gi, `$1$2${redacted}`],
  // RFC 3986 §3.2.1: what stands before the @ of an address.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, `$1${redacted}@`],
  [/\b(secret|token|code|state|password|key)=[^\s&"'#]+/gi, `$1=${redacted}`],
  // What this gateway hands out: 32 or 48 random bytes.
  [
    /(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{43}(?:[A-Za-z0-9_-]{21})?(?![A-Za-z0-9_-])/g,
    redacted,
  ],
];

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Text without the given secrets, and without what has the shape of one. */
export function redactText(text: string, secrets: Iterable<string> = []): string {
  let clean = text;
  // The longest first: one secret may begin with another.
  for (const secret of [...secrets].filter(({ length }) => length >= shortest).sort((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(secret, redacted);
    const escaped = JSON.stringify(secret).slice(1, -1);
    if (escaped !== secret) clean = clean.replaceAll(escaped, redacted);
  }
  return shapes.reduce((before, [shape, instead]) => before.replace(shape, instead), clean);
}

/** The same shape with every secret's value left out; a reference (`${env:NAME}`) stays, since it tells no more than where it is. */
export function redactTree(value: unknown, secrets: readonly string[] = []): unknown {
  if (typeof value === "string") return redactText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redactTree(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const kept = !isSecretName(name) || typeof item === "boolean" || isReference(item) || isGroup(item);
      return [name, kept ? redactTree(item, secrets) : redacted];
    }),
  );
}

function isReference(value: unknown): boolean {
  return typeof value === "string" && /^\$\{(env|file):[^}]*\}$/.test(value);
}

function isGroup(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
