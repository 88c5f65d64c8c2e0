import { PlanciaError } from "../core/errors.ts";
import { commonWords } from "./common-words.ts";

/** NIST SP 800-63B §3.1.1: length counts, no rules about kinds of characters, common ones refused. */
export const shortestPassword = 12;
export const longestPassword = 1000;
/** What must remain once everything easily guessed is taken out, characters. */
const leastOwn = 4;
const leastDistinct = 5;
/** Two different words and this length make a phrase, however common each word is: length counts. */
const phraseLength = 16;

/** Rows of keys, alphabet and digits, forwards; walks of three or more along them count as nothing. */
const rows = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiop",
  "qwertzuiop",
  "asdfghjkl",
  "zxcvbnm",
  "1q2w3e4r5t6y7u8i9o0p",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
  "qazwsxedcrfvtgbyhnujmikolp",
];
const walks = [...rows, ...rows.map((row) => [...row].reverse().join(""))];

const lookalikes = new Map(
  Object.entries({ "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s", "!": "i", "€": "e" }),
);

/**
 * @param names of the user and the site: they count as easily guessed.
 * @throws PlanciaError user/password-too-short, user/password-common, request/invalid when too long.
 */
export function checkPasswordQuality(password: string, names: readonly string[]): void {
  const length = [...password].length;
  if (length < shortestPassword) {
    throw new PlanciaError(
      "user/password-too-short",
      `A password has at least ${shortestPassword} characters; this one has ${length}`,
    );
  }
  if (password.length > longestPassword) {
    const detail = `A password has at most ${longestPassword} characters`;
    throw new PlanciaError("request/invalid", detail, { fields: [{ pointer: "/password", detail }] });
  }
  const folded = password.normalize("NFKC").toLowerCase();
  const words = [...names.flatMap(nameParts), ...commonWords];
  if (new Set(folded).size < leastDistinct || tooLittleOwn(folded, words)) {
    throw new PlanciaError(
      "user/password-common",
      "The password is made of common words, rows of keys, or the name of the user or site; put in words of your own",
    );
  }
}

function tooLittleOwn(password: string, words: readonly string[]): boolean {
  // Walks go first in one reading (1234 is a walk), look-alike letters in another (pa55word is a word).
  const readings = [password, unmasked(password), unmasked(takeWalks(password))];
  const phrase = [...password].length >= phraseLength;
  return readings.some((text) => own(text, words) < leastOwn && !(phrase && isPhrase(text)));
}

/** Two different common words, the two together not being one themselves. */
function isPhrase(text: string): boolean {
  if (commonWords.includes(text.replaceAll(/[^\p{L}]/gu, ""))) return false;
  let rest = text;
  let found = 0;
  for (const word of commonWords) {
    if (!rest.includes(word)) continue;
    rest = rest.replaceAll(word, "\0");
    if (++found === 2) return true;
  }
  return false;
}

function unmasked(text: string): string {
  return [...text].map((letter) => lookalikes.get(letter) ?? letter).join("");
}

/** How many characters are left when words, walks along keys, repetitions and years are taken out. */
function own(text: string, words: readonly string[]): number {
  let rest = text;
  for (const word of words) rest = rest.replaceAll(word, "\0");
  rest = takeWalks(rest)
    .replace(/(?:19|20)\d\d/g, "\0")
    .replace(/(.)\1{2,}/gu, "\0")
    .replace(/(.{2,}?)\1+/gu, "$1");
  return [...rest].filter((letter) => /[\p{L}\p{N}]/u.test(letter)).length;
}

function takeWalks(text: string): string {
  let rest = "";
  for (let at = 0; at < text.length; ) {
    const length = longestWalk(text, at);
    rest += length >= 3 ? "\0" : text.slice(at, at + 1);
    at += length >= 3 ? length : 1;
  }
  return rest;
}

function longestWalk(text: string, at: number): number {
  let longest = 0;
  for (const walk of walks) {
    const start = walk.indexOf(text.slice(at, at + 3));
    if (start < 0 || at + 3 > text.length) continue;
    let length = 3;
    while (walk[start + length] !== undefined && walk[start + length] === text[at + length]) length++;
    longest = Math.max(longest, length);
  }
  return longest;
}

/** The name and its words, from three letters on. */
function nameParts(name: string): readonly string[] {
  const folded = name.normalize("NFKC").toLowerCase();
  return [folded, ...folded.split(/[^\p{L}\p{N}]+/u)].filter((part) => part.length >= 3);
}
