import type { HandOverNote } from "../api/wire.ts";

/** What whoever comes next reads: how it stood when control passed, and the words that were left for it. */
export interface LeftNote {
  readonly note: HandOverNote;
  readonly words: string | undefined;
}

/**
 * The newest passing of control among the notes (newest first), with the words that its holder had
 * written down while having it; where nothing has passed yet, the newest words alone.
 */
export function leftNote(notes: readonly HandOverNote[]): LeftNote | undefined {
  const passed = notes.find((note) => note.change !== "note");
  const written = notes.find((note) => note.change === "note");
  if (!passed) return written && { note: written, words: written.text };
  const theirs = written && written.from === passed.from && isWithin(written.at, passed) ? written.text : undefined;
  // By force or by itself it passed with somebody else's words, or with none.
  const said = passed.change === "handed-over" ? passed.text : undefined;
  return { note: passed, words: said ?? theirs };
}

function isWithin(at: string, { heldSince, at: until }: HandOverNote): boolean {
  return at <= until && (heldSince === undefined || at >= heldSince);
}
