import { randomBytes } from "node:crypto";
import { z } from "zod";

/** Who may come in at an OPC UA or MQTT face; the environment variable serves all of them in the demo. */
export const account = {
  user: z.string().min(1).default("plancia"),
  /** From `PLANCIA_DEMO_PASSWORD` where it is not given; without that one is made up and stands in the ready line. */
  password: z.string().min(1).optional(),
};

export interface Account {
  readonly user: string;
  readonly password: string;
  /** True where nobody gave the password: then whoever starts the plant has to be told. */
  readonly madeUp: boolean;
}

export function accountOf(settings: { readonly user: string; readonly password?: string | undefined }): Account {
  const given = settings.password ?? process.env["PLANCIA_DEMO_PASSWORD"];
  if (given !== undefined && given !== "") return { user: settings.user, password: given, madeUp: false };
  return { user: settings.user, password: randomBytes(12).toString("base64url"), madeUp: true };
}
