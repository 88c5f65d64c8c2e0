import { createInterface } from "node:readline/promises";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Terminal } from "./actions.ts";

/** The process's own terminal. */
export const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  async pour(chunks) {
    try {
      await pipeline(Readable.from(chunks), process.stdout, { end: false });
    } catch (error) {
      // `plancia export … | head` has seen enough.
      if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
    }
  },
  async readLine() {
    const lines = createInterface({ input: process.stdin, terminal: false });
    try {
      for await (const line of lines) return line;
      return "";
    } finally {
      lines.close();
    }
  },
  async ask(question) {
    if (!process.stdin.isTTY) return undefined;
    const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
    try {
      return await lines.question(question);
    } finally {
      lines.close();
    }
  },
  async askSecret(question) {
    if (!process.stdin.isTTY) return undefined;
    process.stderr.write(question);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    try {
      return await lines.question("");
    } finally {
      lines.close();
      process.stderr.write("\n");
    }
  },
};
