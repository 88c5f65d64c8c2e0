import type { PasskeyCeremonies } from "../../core/passkey-port.ts";

let asked = 0;

/** Questions are numbers; an answer holds that repeats the question, with the count it names. */
export const plainCeremonies: PasskeyCeremonies = {
  creation: async () => ({ challenge: `question ${++asked}` }),
  request: async () => ({ challenge: `question ${++asked}` }),
  created: async (_site, challenge, { id, answers }) =>
    answers === challenge ? { id, publicKey: "key", counter: 0, transports: [] } : undefined,
  shown: async (_site, challenge, _passkey, { answers, counter }) =>
    answers === challenge ? Number(counter) : undefined,
};
