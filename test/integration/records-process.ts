import { silentLog } from "../../gateway/core/log.ts";
import { createRecords } from "../../gateway/stores/records/records.ts";
import { testBooking, testCommand, testEntry, testUser } from "../../gateway/stores/records/testing/bench.ts";

/** Another process on the same records file: `records-process.ts FILE WORK NAME COUNT`. Waits for a line on stdin before it begins. */
const [file = "", work = "", name = "", count = "1"] = process.argv.slice(2);
const times = Array.from({ length: Number(count) }, (_, index) => index);

const say = (text: string) => process.stdout.write(`${text}\n`);
const go = () => new Promise<void>((resolve) => process.stdin.once("data", () => resolve()));

async function open() {
  return createRecords({ file, log: silentLog });
}

const works = new Map<string, () => Promise<void>>([
  [
    "open",
    async () => {
      say("ready");
      await go();
      const records = await open();
      await records.audit.append(testEntry({ who: name }));
      await records.close();
      say("opened");
    },
  ],
  [
    "book",
    async () => {
      const records = await open();
      say("ready");
      await go();
      const tries = times.map((n) => records.bookings.addBooking(testBooking(`${name}-${n}`, 1_000 + n, 2_000 + n)));
      const answers = await Promise.allSettled(tries);
      const codes = answers.map((answer) => (answer.status === "fulfilled" ? "booked" : String(answer.reason?.code)));
      await records.close();
      say(JSON.stringify(codes));
    },
  ],
  [
    // One slot, tried COUNT times at once by fifty people in turn.
    "book-slot",
    async () => {
      const records = await open();
      say("ready");
      await go();
      const tries = times.map((n) =>
        records.bookings.addBooking(testBooking(`${name}-${n}`, 1_000, 2_000, { userId: `guest-${n % 50}` })),
      );
      const answers = await Promise.allSettled(tries);
      const codes = answers.map((answer) => (answer.status === "fulfilled" ? "booked" : String(answer.reason?.code)));
      await records.close();
      say(JSON.stringify(codes));
    },
  ],
  [
    "audit",
    async () => {
      const records = await open();
      say("ready");
      await go();
      for (const n of times) await records.audit.append(testEntry({ who: name, target: String(n) }));
      await records.close();
      say("written");
    },
  ],
  [
    "disable",
    async () => {
      const records = await open();
      say("ready");
      await go();
      await records.people.addUser(testUser(name));
      await records.close();
      say("added");
    },
  ],
  [
    "intents",
    async () => {
      const records = await open();
      say("ready");
      await go();
      for (let n = 0; ; n++) {
        await records.commands.recordIntent(testCommand(`${name}-${n}`));
        say(`intent ${name}-${n}`);
        const entry = await records.audit.append(testEntry({ target: `${name}-${n}` }));
        say(`audit ${entry.n} ${entry.hash}`);
      }
    },
  ],
]);

await works.get(work)?.();
process.stdin.destroy();
