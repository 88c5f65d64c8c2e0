import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { PlanciaError } from "../../core/errors.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { certificateView, ownCertificateView, revocationListView } from "../views/certificates.ts";
import {
  BringCertificate,
  BringRevocations,
  CertificateList,
  CertificateView,
  ChangeOwnCertificate,
  DecideCertificate,
  Fingerprint,
  OwnCertificateForm,
  OwnCertificateView,
  RevocationListView,
} from "../wire/certificates.ts";

const tags = ["administration"];
/** Bytes: a list of some ten thousand certificates. */
const largestRevocations = 768 * 1024;

/** The gateway's own, which the devices must trust. */
export function ownCertificateRoutes(app: ApiApp, { useCases: { certificates } }: ApiContext): void {
  const params = z.object({ driver: z.string().max(40) });
  app.get(
    "/certificates/own/:driver",
    {
      config: { policy: { permission: "devices:browse" } },
      schema: {
        ...{ tags, params, querystring: OwnCertificateForm },
        description: "The gateway's own certificate as a file, in DER form or PEM; the key stays here.",
      },
    },
    async (request, reply) => {
      const { form, which } = request.query;
      const own = (await certificates.own(callerOf(request))).find(({ driver }) => driver === request.params.driver);
      const pem = which === "before" ? own?.before?.pem : own?.pem;
      if (!own || pem === undefined) throw new PlanciaError("request/not-found", "There is no such own certificate");
      const name = `plancia-${own.driver}${which === "before" ? "-before" : ""}.${form}`;
      reply.header("content-disposition", `attachment; filename="${name}"`);
      if (form === "pem") return reply.type("application/x-pem-file").send(pem);
      return reply.type("application/pkix-cert").send(new X509Certificate(pem).raw);
    },
  );

  app.patch(
    "/certificates/own/:driver",
    {
      config: { policy: { permission: "devices:trust" } },
      schema: {
        ...{ tags, params, body: ChangeOwnCertificate, response: { 200: OwnCertificateView } },
        description:
          "A new certificate with a new key for the same application, or back to the one of before. Connections that stand go on; where a device refuses the one in use, the other is offered until its end.",
      },
    },
    async (request) =>
      ownCertificateView(await certificates.changeOwn(callerOf(request), request.params.driver, request.body.use)),
  );
}

/** Certificates of devices: those that wait for a decision, and what was decided. */
export function certificateRoutes(app: ApiApp, { useCases: { certificates } }: ApiContext): void {
  app.get(
    "/certificates",
    { config: { policy: { permission: "devices:browse" } }, schema: { tags, response: { 200: CertificateList } } },
    async (request) => {
      const caller = callerOf(request);
      const [items, own, revocations] = await Promise.all([
        certificates.list(caller),
        certificates.own(caller),
        certificates.revocations(caller),
      ]);
      return {
        items: items.map(certificateView),
        own: own.map(ownCertificateView),
        revocations: revocations.map(revocationListView),
      };
    },
  );

  app.patch(
    "/certificates/:fingerprint",
    {
      config: { policy: { permission: "devices:trust" } },
      schema: {
        ...{ tags, params: z.object({ fingerprint: Fingerprint }), body: DecideCertificate },
        response: { 200: CertificateView },
        description: "Trusted, the devices that presented it connect at once. Rejected, their connections are closed.",
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { fingerprint } = request.params;
      const decided =
        request.body.state === "trusted"
          ? certificates.trust(caller, fingerprint)
          : certificates.reject(caller, fingerprint);
      return certificateView(await decided);
    },
  );

  app.post(
    "/certificates",
    {
      config: { policy: { permission: "devices:trust" } },
      schema: {
        ...{ tags, body: BringCertificate, response: { 201: CertificateView } },
        description:
          "Takes a certificate that was brought as a file: of a device, before it has presented it; of an authority, whose certificates are trusted from then on; of an issuer, which completes chains.",
      },
    },
    async (request, reply) => {
      const { driver, pem, role } = request.body;
      return reply.code(201).send(certificateView(await certificates.add(callerOf(request), driver, pem, role)));
    },
  );

  app.post(
    "/certificates/revocations",
    {
      bodyLimit: largestRevocations,
      config: { policy: { permission: "devices:trust" } },
      schema: {
        ...{ tags, body: BringRevocations, response: { 201: RevocationListView } },
        description:
          "The newest revocation list of an authority that is known. Connections that stand on what it revokes are closed.",
      },
    },
    async (request, reply) => {
      const { driver, list } = request.body;
      return reply
        .code(201)
        .send(revocationListView(await certificates.addRevocations(callerOf(request), driver, list)));
    },
  );
}
