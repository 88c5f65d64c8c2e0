import { z } from "zod";

/** How an OPC UA server of the simulators lets clients in; part of the options of every plant that has one. */
export const opcuaServerOptions = {
  /** Key, certificate and trust list; without it a folder of its own that goes with the plant. */
  pki: z.string().min(1).optional(),
  /**
   * Files with certificates of clients to trust, PEM or DER; they may come to be later than the server. For the
   * demo: the gateway's own.
   */
  trust: z.array(z.string().min(1)).max(20).default([]),
  /** Takes clients that are not in `trusted/certs`: for tests, never for the demo. */
  acceptAnyClient: z.boolean().default(false),
  /** Also offers an endpoint without security: for tests of what refuses it. */
  allowNone: z.boolean().default(false),
  /** Also lets clients in without user and password. */
  anonymous: z.boolean().default(false),
};

export type OpcuaServerOptions = z.output<z.ZodObject<typeof opcuaServerOptions>>;
