import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An authority of openssl's in a folder, as a plant keeps one: a root, one below it, what both revoked. */
export class OpensslAuthority {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    for (const name of ["root", "line"]) {
      mkdirSync(join(folder, name, "issued"), { recursive: true });
      writeFileSync(join(folder, name, "index.txt"), "");
      writeFileSync(join(folder, name, "serial"), "1000\n");
      writeFileSync(join(folder, name, "number"), "01\n");
    }
    writeFileSync(join(folder, "openssl.cnf"), settings(folder));
    const subject = ["-subj", "/O=Plant/CN=Plant Root", "-extensions", "authority"];
    this.#run("req", "-x509", "-days", "30", ...subject, ...this.#newKey("root"), "-out", this.file("root.pem"));
    this.#issue("root", "line", "/O=Plant/CN=Plant Line", "authority");
  }

  file(name: string): string {
    return join(this.#folder, name);
  }

  /** A server's certificate with its issuer behind it, and its key, under the names that the peer has them. */
  server(place: string): void {
    this.#issue("line", "server", "/O=Plant/CN=Peer", "server");
    mkdirSync(place, { recursive: true });
    const chain = ["server.pem", "line.pem"].map((name) => readFileSync(this.file(name), "utf8")).join("");
    writeFileSync(join(place, "server.pem"), chain);
    writeFileSync(join(place, "key.pem"), readFileSync(this.file("server.key")));
  }

  revokeServer(): void {
    this.#run(...this.#ca("line"), "-revoke", this.file("server.pem"), "-crl_reason", "keyCompromise");
  }

  /** The newest list; the root's in DER form, the other's in PEM. */
  list(name: "root" | "line"): string {
    const [pem, der] = [this.file(`${name}.crl.pem`), this.file(`${name}.crl`)];
    this.#run(...this.#ca(name), "-gencrl", "-crldays", "7", "-out", pem);
    if (name === "line") return pem;
    this.#run("crl", "-in", pem, "-outform", "DER", "-out", der);
    return der;
  }

  #issue(issuer: string, name: string, subject: string, extensions: string): void {
    const request = this.file(`${name}.csr`);
    this.#run("req", "-new", "-subj", subject, ...this.#newKey(name), "-out", request);
    const out = ["-in", request, "-out", this.file(`${name}.pem`), "-notext", "-batch", "-days", "20"];
    this.#run(...this.#ca(issuer), "-extensions", extensions, ...out);
  }

  #newKey(name: string): string[] {
    const config = ["-config", this.file("openssl.cnf")];
    return [...config, "-newkey", "rsa:2048", "-noenc", "-keyout", this.file(`${name}.key`)];
  }

  #ca(name: string): string[] {
    const own = ["-cert", this.file(`${name}.pem`), "-keyfile", this.file(`${name}.key`)];
    return ["ca", "-config", this.file("openssl.cnf"), "-name", name, ...own];
  }

  #run(...args: string[]): void {
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  }
}

function settings(folder: string): string {
  const authority = (name: string) => `
[${name}]
database = ${folder}/${name}/index.txt
serial = ${folder}/${name}/serial
crlnumber = ${folder}/${name}/number
new_certs_dir = ${folder}/${name}/issued
default_md = sha256
policy = any
unique_subject = no
`;
  return `
[req]
distinguished_name = name
prompt = no
default_md = sha256
[name]
[any]
organizationName = optional
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = URI:urn:peer:test, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
${authority("root")}${authority("line")}`;
}
