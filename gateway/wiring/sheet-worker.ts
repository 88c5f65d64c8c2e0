import { parentPort, workerData } from "node:worker_threads";
import { plannedSheet, type SheetJob, tagsCsv } from "./tag-sheets.ts";

/** The thread in which a sheet is tried beside a running gateway: 10,000 tags take some seconds. */
const job = workerData as SheetJob;
parentPort?.postMessage(
  job.what === "tags" ? tagsCsv(job.file, job.style) : await plannedSheet(job.file, job.place, job.csv, job.options),
);
