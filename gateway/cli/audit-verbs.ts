import type { Command } from "commander";
import type { Actions, Place, Terminal } from "./actions.ts";
import { Found, placeOf, verb } from "./verb.ts";
import { writeWhole } from "./whole-file.ts";

interface VerifyOptions extends Place {
  readonly anchor?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** The record of who did what, and what proves it. */
export function addAudit(program: Command, actions: Actions, terminal: Terminal): void {
  const audit = program.command("audit").description("the record of every intervention");
  addVerify(audit, actions, terminal);
  verb(audit, "anchor", "sign the head of the chain now; prints it, to be kept where nobody of this box can reach it")
    .option("--out <file>", "instead of standard output; a file of that name is replaced")
    .action((options: Place & { out?: string }) =>
      print(terminal, options.out, async () => `${JSON.stringify(await actions.makeAnchor(placeOf(options)))}\n`),
    );
  verb(audit, "anchors", "every anchor that was made, one JSON object a line, oldest first")
    .option("--out <file>", "instead of standard output; a file of that name is replaced")
    .action((options: Place & { out?: string }) =>
      print(terminal, options.out, async () =>
        (await actions.anchors(placeOf(options))).map((anchor) => `${JSON.stringify(anchor)}\n`).join(""),
      ),
    );
  verb(audit, "key", "the public key that anchors and exports are signed with")
    .option("--out <file>", "instead of standard output; a file of that name is replaced")
    .action((options: Place & { out?: string }) =>
      print(terminal, options.out, () => actions.auditKey(placeOf(options))),
    );
}

function addVerify(audit: Command, actions: Actions, terminal: Terminal): void {
  verb(
    audit,
    "verify [export]",
    "check the hash chain, or an export by itself; exit code 1 and the first broken place if it does not hold",
  )
    .option("--anchor <file>", "anchors that were kept elsewhere: a chain that was rewritten or cut off shows")
    .option("--key <key>", "public key, a file or its letters; that of this data folder where it is not given")
    .option("--json", "as JSON")
    .action(async (file: string | undefined, options: VerifyOptions) => {
      const { anchor, key, json } = options;
      const ended =
        file === undefined
          ? await actions.verifyAudit(placeOf(options), { anchors: anchor, key })
          : await actions.verifyExport(placeOf(options), file, key);
      if (json) terminal.out(JSON.stringify(ended));
      else if (!ended.ok) terminal.err(`plancia: the audit chain does not hold: ${ended.broken ?? "no place known"}`);
      else if ("anchors" in ended) terminal.out(`audit: ${ended.entries} entries, the chain holds${anchored(ended)}`);
      else terminal.out(`${file}: ${ended.entries} entries, they lead to the head signed ${ended.head?.at}`);
      if (!ended.ok) throw new Found();
    });
}

function anchored({ anchors }: { anchors: number }): string {
  return anchors === 0 ? "" : `, and so do ${anchors} anchors`;
}

async function print(terminal: Terminal, out: string | undefined, text: () => Promise<string>): Promise<void> {
  const said = await text();
  if (out === undefined) return terminal.out(said.trimEnd());
  await writeWhole(out, one(said), "replace");
}

async function* one(text: string): AsyncGenerator<string> {
  yield text;
}
