import { describe, expect, it } from "vitest";
import type { SignedHead } from "../core/audit/signed-head.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Actions, Checked, Terminal } from "./actions.ts";
import { runProgram } from "./program.ts";
import { machineActions } from "./testing/machine-actions.ts";

const finding = {
  message: "gateway.yaml:2:1: gatway: unknown key",
  line: 2,
  column: 1,
  path: "gatway",
  text: "unknown key",
};
const valid: Checked = { problems: [], warnings: [], summary: "1 machine, 13 tags" };

/** Actions that write down how they were called. */
function recording(checked: Checked = valid) {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args]);
    };
  const actions: Actions = {
    version: "0.1.0",
    run: note("run"),
    demo: note("demo"),
    simulate: note("simulate"),
    check: async (file, place) => {
      calls.push(["check", file, place]);
      return checked;
    },
    addUser: note("addUser"),
    listUsers: async () => [
      {
        name: "anna",
        role: "operator",
        equipment: ["*"],
        organisation: undefined,
        language: "it",
        disabled: false,
        createdAt: 0,
      },
    ],
    disableUser: async (_, name) => {
      if (name === "nobody")
        throw new PlanciaError("request/not-found", 'there is no user "nobody";\nuser list shows all');
      throw new Error("disk on fire");
    },
    setPassword: note("setPassword"),
    resetFactor: note("resetFactor"),
    verifyAudit: async ({ data }, { anchors }) =>
      data === "broken"
        ? { ok: false, entries: 7, anchors: 0, broken: "entry 4 was changed" }
        : { ok: true, entries: 7, anchors: anchors === undefined ? 0 : 3, broken: undefined },
    verifyExport: async (_, file) =>
      file === "broken.jsonl"
        ? { ok: false, entries: 0, head: undefined, broken: "line 3, entry 9: the content was changed" }
        : { ok: true, entries: 5, head: testAnchor, broken: undefined },
    makeAnchor: async () => testAnchor,
    anchors: async () => [testAnchor, testAnchor],
    auditKey: async () => "-----BEGIN PUBLIC KEY-----\n",
    rotateTokenKey: note("rotateTokenKey"),
    makeKey: note("makeKey"),
    seal: async (...args) => {
      calls.push(["seal", ...args]);
      return "(sealed)";
    },
    templates: async () => [],
    template: () => Promise.reject(new PlanciaError("request/not-found", "there is no such template")),
    renderTemplate: async () => ({ ok: true, yaml: "" }),
    generate: async () => ["config/gateway.schema.json"],
    ...machineActions(note),
  };
  return { actions, calls };
}

const testAnchor: SignedHead = {
  ...{ format: "plancia-audit-head-1", gateway: "lab-1", count: 7, hash: "0".repeat(64) },
  ...{ at: "2026-09-01T00:00:00.000Z", reason: "asked", key: "k", signature: "s" },
};

/** Runs a line; `answers` are what a person types where one is asked, none: no terminal. */
async function run(line: string, options: { checked?: Checked; input?: string; answers?: string[] } = {}) {
  const { actions, calls } = recording(options.checked);
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    readLine: async () => options.input ?? "",
    ask: async () => options.answers?.shift(),
    askSecret: async () => options.answers?.shift(),
    async pour(chunks) {
      for await (const chunk of chunks) out.push(String(chunk));
    },
  };
  const code = await runProgram(line.split(" ").filter(Boolean), actions, terminal);
  return { code, calls, out: out.join("\n"), err: err.join("\n") };
}

describe("the verbs", () => {
  const place = { config: "config/gateway.yaml", data: "data" };
  it.each([
    ["run", ["run", { ...place, listen: undefined }]],
    ["run --config a.yaml --data d --listen [::1]:0", ["run", { config: "a.yaml", data: "d", listen: "[::1]:0" }]],
    ["demo --data d", ["demo", { ...place, data: "d", listen: undefined }]],
    ["simulate", ["simulate", undefined, place]],
    ["simulate plant.yaml", ["simulate", "plant.yaml", place]],
    ["check", ["check", "config/gateway.yaml", place]],
    ["check --config b.yaml", ["check", "b.yaml", { ...place, config: "b.yaml" }]],
    ["check my.yaml --data d", ["check", "my.yaml", { ...place, data: "d" }]],
  ])("%s does what it says", async (line, expected) => {
    const { code, calls } = await run(line);
    expect([code, calls]).toEqual([0, [expected]]);
  });

  it.each([
    ["", "Usage"],
    ["bogus", "unknown command 'bogus'"],
    ["chek", "Did you mean check?"],
    ["run --lisen 1", "unknown option '--lisen'"],
    ["run --listen 8080", 'such as "127.0.0.1:8080"'],
    ["run --listen 127.0.0.1:70000", "127.0.0.1:8080"],
    ["run extra", "too many arguments"],
    ["user", "Usage"],
    ["user add --role viewer", "missing required argument"],
    ["user add anna", "required option '--role"],
    ["user add anna --role king", "Allowed choices are"],
    ["user remove anna", "unknown command 'remove'"],
    ["browse", "missing required argument"],
    ["read", "missing required argument"],
    ["export --from 2026-01-01 --to 2026-01-02", "required option '--tags"],
    ["export --tags a/* --to 2026-01-02", "required option '--from"],
    ["export --tags a/* --from 2026-01-01T08:00 --to 2026-01-02", "a time with its zone"],
    ["export --tags a/* --from 2026-02-31 --to 2026-03-02", "a time with its zone"],
    ["export --tags a/* --from 2026-01-01 --to 2026-01-02 --format xls", "Allowed choices are csv, parquet"],
    ["export --tags a/* --from 2026-01-01 --to 2026-01-02 --aggregate middle", "Each once, with commas between"],
    ["export --tags a/* --from 2026-01-01 --to 2026-01-02 --aggregate delta --interval soon", "It is a duration"],
    ["backup", "missing required argument"],
    ["restore", "missing required argument"],
    ["history", "Usage"],
  ])("answers %j with exit code 2 and says why", async (line, words) => {
    const { code, err, calls } = await run(line);
    expect(code).toBe(2);
    expect(err).toContain(words);
    if (words !== "Usage") expect(err).toMatch(/^plancia: [^\n]*$/);
    expect(calls).toEqual([]);
  });

  it.each([
    ...["--help", "--version", "user --help", "browse --help", "read --help", "export --help", "backup --help"],
    ...["restore --help", "trust --help", "reject --help", "certificates --help", "history verify --help"],
    ...["history repair --help", "history retention --help"],
  ])("%s is no error", async (line) => {
    expect((await run(line)).code).toBe(0);
  });
});

describe("check", () => {
  it("prints every problem and ends with 1", async () => {
    const { code, err, out } = await run("check", { checked: { ...valid, problems: [finding], warnings: [finding] } });
    expect(code).toBe(1);
    expect(err).toBe(`${finding.message}\nwarning: ${finding.message}`);
    expect(out).toBe("");
  });

  it("says what a valid file describes", async () => {
    expect((await run("check")).out).toBe("config/gateway.yaml: valid, 1 machine, 13 tags");
  });

  it("gives JSON", async () => {
    const { code, out } = await run("check --json", { checked: { ...valid, problems: [finding] } });
    expect(code).toBe(1);
    expect(JSON.parse(out).problems[0].line).toBe(2);
  });
});

describe("user", () => {
  it("takes the password from standard input", async () => {
    const { code, calls } = await run(
      "user add anna --role operator --equipment press --equipment hall_* --password-stdin",
      {
        input: "long enough 1",
      },
    );
    expect(code).toBe(0);
    expect(calls[0]?.[2]).toMatchObject({
      name: "anna",
      role: "operator",
      equipment: ["press", "hall_*"],
      password: "long enough 1",
    });
  });

  it("gives staff every machine and a guest none where nothing is said", async () => {
    const staff = await run("user add a --role viewer --password-stdin");
    const guest = await run("user add b --role guest --password-stdin");
    expect([staff.calls[0]?.[2], guest.calls[0]?.[2]]).toMatchObject([{ equipment: ["*"] }, { equipment: [] }]);
  });

  it("asks twice at a terminal, and changes nothing when the answers differ", async () => {
    expect((await run("user password anna", { answers: ["one", "one"] })).calls).toHaveLength(1);
    const differ = await run("user password anna", { answers: ["one", "two"] });
    expect([differ.code, differ.calls.length]).toEqual([1, 0]);
  });

  it("needs --password-stdin where nobody can be asked", async () => {
    const { code, err } = await run("user add anna --role viewer");
    expect([code, err]).toEqual([1, "plancia: no terminal to ask for the password; give it with --password-stdin"]);
  });

  it("lists as a table and as JSON", async () => {
    expect((await run("user list")).out).toBe(
      "NAME  ROLE      EQUIPMENT  ORGANISATION    SINCE\nanna  operator  *                          1970-01-01T00:00:00.000Z",
    );
    expect(JSON.parse((await run("user list --json")).out)).toHaveLength(1);
  });
});

describe("seal", () => {
  const place = { config: "config/gateway.yaml", data: "data" };
  it("asks twice without showing, or takes one line of standard input, and prints the reference alone", async () => {
    const asked = await run("seal", { answers: ["of the plc", "of the plc"] });
    expect([asked.calls, asked.out, asked.err]).toEqual([[["seal", place, "of the plc"]], "(sealed)", ""]);
    expect((await run("seal --data d", { input: " with spaces " })).calls).toEqual([
      ["seal", { ...place, data: "d" }, " with spaces "],
    ]);
  });

  it("seals nothing where the two answers differ, and takes no secret as an argument", async () => {
    const differ = await run("seal", { answers: ["one", "two"] });
    expect([differ.code, differ.calls, differ.err]).toEqual([
      1,
      [],
      "plancia: the two secrets differ; nothing was sealed",
    ]);
    for (const line of ["seal canary", "seal --secret canary", "seal --secret=canary", "seal -pcanary"]) {
      const argument = await run(line, { input: "other" });
      expect([argument.code, argument.calls]).toEqual([2, []]);
      expect(argument.err).toMatch(/^plancia: seal takes [^\n]*$/);
      expect(argument.err).not.toContain("canary");
    }
  });
});

describe("errors", () => {
  it("end as one line on stderr, without a stack", async () => {
    const known = await run("user disable nobody");
    expect([known.code, known.err]).toEqual([1, 'plancia: there is no user "nobody"; user list shows all']);
    const unknown = await run("user disable anna");
    expect([unknown.code, unknown.err]).toEqual([1, "plancia: internal error: disk on fire"]);
  });

  it("a broken audit chain ends with 1 and the place", async () => {
    expect((await run("audit verify")).out).toBe("audit: 7 entries, the chain holds");
    expect((await run("audit verify --anchor kept.jsonl")).out).toBe(
      "audit: 7 entries, the chain holds, and so do 3 anchors",
    );
    expect((await run("audit verify taken.jsonl --key k")).out).toContain("5 entries, they lead to the head signed");
    const changed = await run("audit verify broken.jsonl");
    expect([changed.code, changed.err]).toEqual([1, expect.stringContaining("line 3, entry 9")]);
    expect(JSON.parse((await run("audit anchor")).out)).toEqual(testAnchor);
    expect((await run("audit anchors")).out.split("\n")).toHaveLength(2);
    expect((await run("audit key")).out).toBe("-----BEGIN PUBLIC KEY-----");
    const broken = await run("audit verify --data broken");
    expect([broken.code, broken.err]).toEqual([1, "plancia: the audit chain does not hold: entry 4 was changed"]);
  });
});

describe("machines", () => {
  it("browse lists what there is, as a table, CSV or JSON", async () => {
    expect((await run("browse press-plc Press")).out).toMatch(/^PATH +NAME .*\nPress\/Speed +=Speed +variable +double/);
    expect((await run("browse press-plc --csv")).out).toBe(
      "path,name,kind,type,writable,unit,low,high,address,texts,device,equipment,tag\nPress/Speed,'=Speed,variable,double,true,1/min,0,600,ns=1;s=Speed,,press-plc,,speed",
    );
    expect(JSON.parse((await run("browse press-plc --json")).out)).toHaveLength(1);
  });

  it("read shows values with unit and status, and nothing that steers the terminal", async () => {
    const { code, out } = await run("read press/speed press/text");
    expect(code).toBe(0);
    expect(out).toMatch(/press\/speed +412\.5 +1\/min +Good +2026-01-01/);
    expect(out).not.toContain("\u001b");
  });

  it("read ends with 1 where a tag is not there, and shows the others", async () => {
    const { code, out, err } = await run("read press/speed press/sped");
    expect([code, err]).toEqual([1, 'plancia: no tag press/sped – did you mean "press/speed"?']);
    expect(out).toContain("412.5");
  });

  it("trust alone shows what waits; with a name it decides", async () => {
    const waiting = await run("trust");
    expect(waiting.out).toContain("quarantine");
    expect(waiting.out).not.toContain("trusted ");
    expect((await run("trust press-plc")).calls).toEqual([["trust", expect.anything(), "press-plc"]]);
    expect((await run("reject press-plc")).out).toMatch(/^rejected aaaa/);
    expect((await run("trust press-plc --file a.pem")).code).toBe(1);
    for (const [option, role] of Object.entries({ file: "device", authority: "authority", issuer: "issuer" })) {
      const { calls } = await run(`trust --${option} a.pem`);
      expect(calls).toEqual([["trustFile", expect.anything(), "a.pem", role]]);
    }
    expect((await run("trust --authority a.pem")).out).toMatch(/^trusted authority aaa/);
    expect((await run("trust --authority a.pem --issuer b.pem")).code).toBe(1);
    for (const [option, to] of Object.entries({ renew: "new", back: "before" })) {
      const { calls, out } = await run(`certificates --own --${option}`);
      expect([calls, out]).toEqual([[["changeOwn", expect.anything(), to]], expect.stringContaining("2036-01-01")]);
    }
    expect((await run("certificates --own --renew --back")).code).toBe(1);
    expect((await run("certificates --renew")).code).toBe(1);
    const list = await run("trust --crl a.crl");
    expect([list.calls, list.out]).toEqual([
      [["addRevocations", expect.anything(), "a.crl"]],
      expect.stringMatching(/CN=Plant CA +2 +2026-01-01 +2099-01-01/),
    ]);
    expect((await run("certificates --lists")).out).toContain("no revocation lists");
    expect((await run("certificates")).out.split("\n")).toHaveLength(3);
    expect((await run("certificates --own")).out).toContain("own.der");
  });
});

describe("the record", () => {
  it("export writes to the output, with the times in UTC", async () => {
    const { calls, out } = await run("export --tags a/* --tags b/c --from 2026-01-01T01:00:00+01:00 --to 2026-01-02");
    const request = { patterns: ["a/*", "b/c"], startMs: Date.UTC(2026, 0, 1), endMs: Date.UTC(2026, 0, 2) };
    expect(calls).toEqual([["exportCsv", expect.anything(), request]]);
    expect(out).toContain("time,tag");
  });

  it("export gives aggregates instead", async () => {
    const line = "export --tags a/* --from 2026-01-01 --to 2026-01-02 --aggregate delta,percentGood --interval 1h";
    const { calls } = await run(line);
    const buckets = { aggregates: ["delta", "percentGood"], every: 3_600_000, state: undefined };
    expect(calls).toEqual([["exportCsv", expect.anything(), expect.objectContaining({ buckets })]]);
    const days = await run(line.replace("1h", "day --zone Asia/Kolkata"));
    const calendar = { ...buckets, every: { unit: "day", zone: "Asia/Kolkata" } };
    expect(days.calls).toEqual([["exportCsv", expect.anything(), expect.objectContaining({ buckets: calendar })]]);
  });

  it.each([
    ["--aggregate delta", "plancia: --aggregate needs --interval, such as --interval 1h"],
    ["--interval 1h", "plancia: --interval, --zone and --state go with --aggregate"],
    ["--state 6", "plancia: --interval, --zone and --state go with --aggregate"],
    ["--aggregate delta --interval 1h --zone UTC", "plancia: --zone goes with --interval hour, day, week or month"],
  ])("export refuses %s alone", async (more, words) => {
    const { code, err, calls } = await run(`export --tags a/* --from 2026-01-01 --to 2026-01-02 ${more}`);
    expect([code, err, calls]).toEqual([1, words, []]);
  });

  it("export refuses parquet in words", async () => {
    const { code, err } = await run("export --tags a/* --from 2026-01-01 --to 2026-01-02 --format parquet");
    expect([code, err]).toEqual([1, "plancia: parquet is not part of this version; take --format csv"]);
  });

  it("a damaged history ends with 1 and every place", async () => {
    expect((await run("history verify")).out).toBe("history: all of it holds");
    const broken = await run("history verify --data broken");
    expect([broken.code, broken.err]).toEqual([1, "plancia: the history is damaged: chunk 3 of press/speed"]);
    expect(JSON.parse((await run("history verify --json --data broken")).out).damage).toHaveLength(1);
  });

  it("history repair says what went, and ends with 1 where something is left", async () => {
    expect((await run("history repair")).out).toBe("history: all of it holds, nothing was changed");
    const broken = await run("history repair --data broken");
    expect([broken.code, broken.out]).toEqual([0, "chunk 3 of press/speed is dropped\nhistory: all of it holds now"]);
    const hopeless = await run("history repair --data hopeless");
    expect([hopeless.code, hopeless.err]).toEqual([1, "plancia: the history is still damaged: chunk 4 of press/speed"]);
    expect(JSON.parse((await run("history repair --json --data broken")).out).done).toHaveLength(1);
  });

  it("history retention says what would go, by group", async () => {
    const lines = (await run("history retention")).out.split("\n").map((line) => line.split(/ {2,}/));
    expect(lines[1]).toEqual(["fast", "12", "5000", "7 KiB", "2026-01-01T00:00:00.000Z", "3000 (4 KiB)", "nothing"]);
    expect(lines[2]?.slice(0, 3)).toEqual(["(no group)", "3", "0"]);
    expect(JSON.parse((await run("history retention --json")).out).groups[0]).toMatchObject({
      id: "fast",
      oldest: "2026-01-01T00:00:00.000Z",
      byAge: { samples: 3000 },
    });
  });

  it("a backup inside of the data folder is refused", async () => {
    const { code, calls } = await run("backup data/b.tgz --data data");
    expect([code, calls]).toEqual([1, []]);
  });

  it("restore says what happened to key, configuration and what was there", async () => {
    const { calls, out } = await run("restore b.tgz --force");
    expect(calls).toEqual([["restore", expect.anything(), "b.tgz", "any"]]);
    for (const words of [
      "as of 2026-01-01",
      "data/before-restore",
      "was left as it is",
      "Everybody has to sign in again",
    ])
      expect(out).toContain(words);
    expect((await run("restore b.tgz")).calls[0]?.at(-1)).toBe("empty");
  });
});
