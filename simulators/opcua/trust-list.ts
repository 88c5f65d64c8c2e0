import { X509Certificate } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OPCUACertificateManager, type StatusCode } from "node-opcua";

type Chain = Buffer | Buffer[];
type Answer = (error: Error | null, status?: StatusCode) => void;

/**
 * The library's certificate store, read again from disk before each verdict: a certificate that is copied
 * into `trusted/certs` counts from the next connection on, and one that is taken away no longer does.
 */
export class TrustList extends OPCUACertificateManager {
  readonly #alsoTrusted: readonly string[];
  #turn: Promise<unknown> = Promise.resolve();

  /** What `alsoTrusted` files hold is copied into the folder once it presents itself. */
  constructor(folder: string, accept: { readonly anyone: boolean; readonly alsoTrusted: readonly string[] }) {
    super({
      rootFolder: folder,
      keySize: 2048,
      automaticallyAcceptUnknownCertificate: accept.anyone,
      disableFileWatchers: true,
    });
    this.#alsoTrusted = accept.alsoTrusted;
  }

  override checkCertificate(chain: Chain): Promise<StatusCode>;
  override checkCertificate(chain: Chain, callback: Answer): void;
  override checkCertificate(chain: Chain, callback?: Answer): Promise<StatusCode> | undefined {
    const verdict = this.#verdict(chain);
    if (callback === undefined) return verdict;
    verdict.then(
      (status) => callback(null, status),
      (error: Error) => callback(error),
    );
    return undefined;
  }

  /** One after the other: while the folder is read again nothing is trusted. */
  #verdict(chain: Chain): Promise<StatusCode> {
    const verdict = this.#turn.then(async () => {
      await this.#releaseTrusted(Array.isArray(chain) ? chain[0] : chain);
      await this.reloadCertificates();
      return super.checkCertificate(chain);
    });
    this.#turn = verdict.catch(() => undefined);
    return verdict;
  }

  /** For the library what lies in `rejected` is refused, wherever else it lies: somebody who copies it to `trusted` means it. */
  async #releaseTrusted(certificate: Buffer | undefined): Promise<void> {
    if (certificate === undefined) return;
    const trusted = await filesWith(certificate, this.trustedFolder);
    if (trusted.length === 0) {
      if (!(await this.#isAlsoTrusted(certificate))) return;
      await writeFile(
        join(this.trustedFolder, `${new X509Certificate(certificate).fingerprint256.replaceAll(":", "")}.der`),
        certificate,
      );
    }
    for (const file of await filesWith(certificate, this.rejectedFolder)) await rm(file, { force: true });
  }

  async #isAlsoTrusted(certificate: Buffer): Promise<boolean> {
    for (const file of this.#alsoTrusted) if (holds(await bytesIfThere(file), certificate)) return true;
    return false;
  }
}

async function bytesIfThere(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

/** The files of a folder that hold this certificate, PEM or DER. */
async function filesWith(certificate: Buffer, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (holds(await readFile(file), certificate)) found.push(file);
  }
  return found;
}

function holds(bytes: Buffer, certificate: Buffer): boolean {
  try {
    return new X509Certificate(bytes).raw.equals(certificate);
  } catch {
    // Something else lies in the folder; it trusts nobody.
    return false;
  }
}
