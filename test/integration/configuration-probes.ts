import type { Question } from "./booking-gateway.ts";

const never: readonly number[] = [403];
const sheet = { csv: "dGFnCg==" };

/** What is the configuration's: never a guest's, whatever is booked. */
export function configurationProbes() {
  return [
    ...["changes", "pending", "versions", "tags"].map((what) => probe(`GET /api/v1/config/${what}`)),
    probe("GET /api/v1/config/versions/:n", "/api/v1/config/versions/1"),
    probe("POST /api/v1/config/versions/:n/back", "/api/v1/config/versions/1/back", {}),
    ...["confirm", "accept"].map((verb) =>
      probe(`POST /api/v1/config/changes/:equipment/${verb}`, `/api/v1/config/changes/press/${verb}`, {
        digest: "0".repeat(64),
      }),
    ),
    probe("POST /api/v1/config/tags/look", undefined, sheet),
    probe("POST /api/v1/config/tags", undefined, { ...sheet, base: "0".repeat(64) }),
  ];
}

function probe(route: string, path?: string, body?: object) {
  return {
    route,
    ...(path === undefined ? {} : { path }),
    ...(body === undefined ? {} : { question: (): Question => ({ body }) }),
    ...{ inside: never, outside: never },
  };
}
