import { z } from "zod";
import { Text } from "./scalars.ts";

export const ProviderList = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      name: Text,
      /** Where a browser goes to sign in: on the public address, to which providers send it back. */
      start: z.string(),
    }),
  ),
});
export type ProviderList = z.infer<typeof ProviderList>;

export const ProviderPlace = z.object({ id: z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/) });

/** Signed out here; `provider`: where a browser goes to be signed out there too. */
export const SignedOut = z.object({ provider: z.string() });
export type SignedOut = z.infer<typeof SignedOut>;
