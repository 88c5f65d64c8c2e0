import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { PlanciaError } from "../../core/errors.ts";
import { namedAggregates } from "../../core/history/aggregate-names.ts";
import { type CalendarUnit, calendarUnits, isZone } from "../../core/history/calendar.ts";
import { parseDuration } from "../../kit/duration.ts";
import type { HistoryInput } from "../../services/use-cases.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf, countedAs, identityOf } from "../http/identity.ts";
import { historyCsv, historyJson } from "../views/history.ts";
import { tableCsv, tableJson } from "../views/history-table.ts";
import { HistoryAnswer, HistoryParameters, HistoryTable } from "../wire/history.ts";

/** CONTRACT: pages of at least this many rows. */
const defaultLimit = 10_000;
/** The largest page. What is more (50 tags of 10,000 buckets are 500,000 rows for each aggregate) follows with `next`. */
const aggregateLimit = 100_000;

type Query = z.infer<typeof HistoryParameters>;

/** What was recorded, in pages of JSON or whole as CSV; both leave as a stream. */
export function historyRoutes(app: ApiApp, context: ApiContext): void {
  app.get(
    "/history",
    {
      config: { policy: { permission: "history:read" } },
      schema: {
        tags: ["history"],
        description:
          "Raw samples or aggregates of OPC UA Part 13. JSON comes in pages (ask again with `next`, until there is none), CSV whole. Times in answers are milliseconds since 1970 UTC.",
        querystring: HistoryParameters,
        response: { 200: z.union([HistoryAnswer, HistoryTable]) },
      },
    },
    async (request, reply) => {
      const input = historyInput(request.query, context.clock.wallMs());
      takePlace(context, request, reply as FastifyReply);
      // Asked before the answer begins, so that a refusal is a proper one.
      const gone = untilGone(reply as FastifyReply);
      const first = await context.useCases.history.query(callerOf(request), input, gone);
      if (request.query.format === "csv") {
        await context.useCases.historyExported?.(callerOf(request), input);
        return sendCsv(context, request, reply as FastifyReply, { input, first, gone });
      }
      const json = input.abreast ? tableJson(first) : historyJson(first);
      return sendStream(reply.type("application/json; charset=utf-8") as FastifyReply, json);
    },
  );
}

/** Until the answer is out, or the reader gone. @throws PlanciaError request/rate-limited. */
function takePlace({ queries }: ApiContext, request: FastifyRequest, reply: FastifyReply): void {
  if (!queries.take(reply.raw, countedAs(identityOf(request)))) {
    const detail = "Too many history queries of this person or organisation are on their way.";
    throw new PlanciaError("request/rate-limited", detail, { retryAfterS: 1 });
  }
  reply.raw.once("close", () => queries.release(reply.raw));
}

/** Whoever went away waits for nothing: the historian is not to work on for it, least of all beside its next question. */
function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return gone.signal;
}

type FirstPage = Parameters<typeof historyJson>[0];

/** As it is written, past the serializer; Readable stops the generator when the client goes. */
function sendStream(reply: FastifyReply, text: Iterable<string> | AsyncIterable<string>): FastifyReply {
  return reply.send(Readable.from(text));
}

function sendCsv(
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { input, first, gone }: { readonly input: HistoryInput; readonly first: FirstPage; readonly gone: AbortSignal },
) {
  const { history, signIns } = context.useCases;
  const caller = callerOf(request);
  async function more(next: string): Promise<FirstPage> {
    // A long download outlives rights: they are asked again for each page.
    const today = await signIns.renew(caller);
    if (today === undefined) throw new PlanciaError("auth/required", "The sign-in ended.");
    return history.query(today, { ...input, next }, gone);
  }
  reply.type("text/csv; charset=utf-8; header=present");
  reply.header("content-disposition", 'attachment; filename="history.csv"');
  return sendStream(reply, input.abreast ? tableCsv(first, more) : historyCsv(first, more));
}

/**
 * Times, tags and interval out of what the address says; how many tags and buckets are too many is
 * the use case's to say. @throws PlanciaError request/invalid, history/range.
 */
export function historyInput(query: Query, nowMs: number): HistoryInput {
  const tags = query.tags.split(",");
  const startMs = Date.parse(query.start);
  const endMs = query.end === undefined ? Math.ceil(nowMs) : Date.parse(query.end);
  if (!(startMs < endMs)) throw range("/end", "The end lies before the start.");
  const calendar = calendarOf(query);
  const intervalMs = calendar ? undefined : intervalOf(query, endMs - startMs);
  const limit = query.limit ?? (query.aggregate === "raw" ? defaultLimit : aggregateLimit);
  const { state, next } = query;
  const aggregate = aggregateOf(query);
  const abreast = isTable(query, aggregate);
  // One column for each, however often it was named.
  const columns = abreast ? [...new Set(tags)] : tags;
  return { tags: columns, startMs, endMs, aggregate, state, intervalMs, calendar, limit, abreast, next };
}

function isTable({ layout }: Query, aggregate: HistoryInput["aggregate"]): boolean {
  if (layout === "series") return false;
  const asked = typeof aggregate === "string" ? [aggregate] : aggregate;
  const own = asked.find((name) => name === "raw" || name.endsWith("ActualTime"));
  if (own !== undefined) throw invalid("/layout", `table is for aggregates of the same times; ${own} has its own`);
  return true;
}

function aggregateOf({ aggregate, state }: Query): HistoryInput["aggregate"] {
  if (aggregate === "raw" && state === undefined) return "raw";
  const asked = namedAggregates(aggregate) ?? [];
  if (state !== undefined && !asked.includes("durationInState")) throw invalid("/state", "only with durationInState");
  if (asked.length === 0) throw invalid("/aggregate", "each aggregate once");
  const [only, ...more] = asked;
  return only !== undefined && more.length === 0 ? only : asked;
}

const calendarWords = new Map<string, CalendarUnit>(calendarUnits.map((unit) => [unit, unit]));
/** What is meant with a zone beside it. */
const calendarDurations = new Map<string, CalendarUnit>([
  ["1h", "hour"],
  ["1d", "day"],
  ["24h", "day"],
  ["7d", "week"],
]);

function calendarOf({ aggregate, interval = "", points, zone }: Query): HistoryInput["calendar"] {
  const unit = calendarWords.get(interval) ?? (zone === undefined ? undefined : calendarDurations.get(interval));
  if (zone !== undefined && !isZone(zone)) throw invalid("/zone", 'a zone of the IANA list, such as "Europe/Rome"');
  if (zone !== undefined && unit === undefined)
    throw invalid("/zone", "only with an interval of hour, day, week or month");
  if (unit === undefined) return undefined;
  if (aggregate === "raw") throw invalid("/interval", "only with an aggregate; raw has its own times");
  if (points !== undefined) throw invalid("/points", "either interval or points");
  return { unit, zone };
}

/** `points=N` is the interval that cuts the time into N buckets, in whole milliseconds. */
function intervalOf(query: Query, spanMs: number): number | undefined {
  if (query.aggregate === "raw") {
    if (query.interval === undefined && query.points === undefined) return undefined;
    throw invalid(
      query.points === undefined ? "/interval" : "/points",
      "only with an aggregate; raw has its own times",
    );
  }
  if (query.interval !== undefined && query.points !== undefined) throw invalid("/points", "either interval or points");
  if (query.points !== undefined) return Math.max(1, Math.ceil(spanMs / query.points));
  if (query.interval === undefined) return undefined;
  // `1m` as charts write it, besides the configuration's `1min`.
  const intervalMs = parseDuration(query.interval.replace(/(\d)m$/, "$1min"));
  if (intervalMs === undefined || intervalMs < 1)
    throw invalid("/interval", 'a duration such as "500ms", "10s", "1m" or "1h", or hour, day, week, month');
  return intervalMs;
}

function invalid(pointer: string, detail: string): PlanciaError {
  return new PlanciaError("request/invalid", "Some fields are wrong.", { fields: [{ pointer, detail }] });
}

function range(pointer: string, detail: string): PlanciaError {
  return new PlanciaError("history/range", detail, { fields: [{ pointer, detail }] });
}
