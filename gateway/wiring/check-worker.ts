import { parentPort, workerData } from "node:worker_threads";
import type { CheckedFile } from "../services/configuration-desk.ts";
import { checkedFile, type FilePlace } from "./checked-file.ts";

/** The thread in which a file is checked beside a running gateway: 10,000 tags take a second or two. */
const { file, place } = workerData as { readonly file: string; readonly place: FilePlace };
const checked: CheckedFile = await checkedFile(file, place);
parentPort?.postMessage(checked);
