// Programs of the distribution that tests talk to. Whatever is missing is installed where that is
// allowed, else named; the tests that need it then skip themselves and say so.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const peers = [
  { package: "chromium", present: () => onPath("chromium", "chromium-browser", "google-chrome") },
  { package: "mosquitto", present: () => onPath("mosquitto") },
  { package: "mosquitto-clients", present: () => onPath("mosquitto_pub") },
  { package: "python3-pymodbus", present: () => runs("/usr/bin/python3", ["-c", "import pymodbus"]) },
  {
    package: "libmodbus5",
    present: () => runs("/usr/bin/python3", ["-c", "import ctypes; ctypes.CDLL('libmodbus.so.5')"]),
  },
  { package: "mbpoll", present: () => onPath("mbpoll") },
  { package: "influxdb", present: () => onPath("influxd") },
  { package: "bubblewrap", present: () => onPath("bwrap") },
  { package: "testssl.sh", present: () => onPath("testssl", "testssl.sh") },
  { package: "caddy", present: () => onPath("caddy") },
  { package: "socat", present: () => onPath("socat") },
];

/** Tells through `say` what it does. Never throws: a missing peer is a skipped test, not a failed one. */
export function ensurePeers(say) {
  const missing = peers.filter((peer) => !peer.present()).map((peer) => peer.package);
  if (missing.length === 0) return;
  if (!mayInstall()) {
    say(`missing peers; to run their tests too: sudo apt-get install ${missing.join(" ")}`);
    return;
  }
  say(`installing peers: ${missing.join(" ")}`);
  withServicesKeptDown(() => {
    apt(["update", "-qq"]);
    // One by one: a package that this distribution lacks must not keep out the others.
    for (const name of missing)
      if (!apt(["install", "-y", "-qq", "--no-install-recommends", name])) say(`${name}: cannot be installed here`);
  });
}

function onPath(...names) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/sbin", "/usr/local/bin"];
  return names.some((name) => folders.some((folder) => existsSync(join(folder, name))));
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function mayInstall() {
  if (!onPath("apt-get")) return false;
  return process.env.PLANCIA_TEST_APT === "1" || (process.getuid?.() === 0 && isDebian());
}

function isDebian() {
  const file = "/etc/os-release";
  return existsSync(file) && /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync(file, "utf8"));
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { env, stdio: ["ignore", "ignore", "inherit"], timeout: 600_000 };
  const done =
    process.getuid?.() === 0
      ? spawnSync("apt-get", args, options)
      : spawnSync("sudo", ["-n", "-E", "apt-get", ...args], options);
  return done.status === 0;
}

/** Debian's policy-rc.d: 101 forbids package scripts to start a service. One that is there already stays. */
function withServicesKeptDown(install) {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = process.getuid?.() === 0 && !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    install();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}
