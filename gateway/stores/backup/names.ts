/**
 * What may stand in a backup, and under which names. One rule for both ways, so that whatever is
 * packed can be unpacked again, and nothing else is.
 */

export const manifestName = "plancia-backup.json";
export const configurationFolder = "configuration";
export const dataPart = "data";
/** What the configuration is not whole without: templates and tables, from its folder. */
export const besidePart = "beside";

/** The key file, the lock and the door of this machine, and what backups and restores leave behind, by their first name. */
const staying = [
  /^keys$/,
  /^gateway\.lock(-journal|-wal|-shm)?$/,
  /^gateway\.sock$/,
  /^clock\.json$/,
  /^\.backup-/,
  /^\.restor/,
  /^before-restore-/,
];

/** True for what belongs to the data folder of this machine: never in a backup, never touched by a restore. */
export function staysHere(topName: string): boolean {
  // Some file systems know no difference between KEYS and keys.
  const name = topName.toLowerCase();
  return staying.some((pattern) => pattern.test(name));
}

export const databaseFile = /\.db$/;
/** Drafts, and what SQLite keeps beside an open database. */
export const passing = /\.tmp$|\.db-(wal|shm|journal)$/;

const limits = { length: 1000, depth: 16 } as const;
/** Control characters, and what Windows takes for a drive, a stream or a separator. */
function isForbidden(character: string): boolean {
  return character < " " || "\u007f\\:".includes(character);
}

/** Templates and tables. Other YAML beside a configuration may be another program's, which would believe it. */
const besidePath = /^(templates\/[a-z][a-z0-9_-]*\.yaml|.*[^/]\.csv)$/i;

/** What is wrong with a path with `/` inside of an archive, in words; undefined: nothing. */
export function wrongPath(path: string): string | undefined {
  const parts = path.split("/");
  if (path.length > limits.length || parts.length > limits.depth) return "its name is too long";
  if (parts.some((part) => part === "" || part === "." || part === "..")) return "its name leads elsewhere";
  if ([...path].some(isForbidden) || parts.some((part) => /[. ]$/.test(part)))
    return "its name has forbidden characters";
  return wrongPlace(parts);
}

function wrongPlace([part, top = "", ...deeper]: readonly string[]): string | undefined {
  if (part === manifestName && top === "") return undefined;
  if (part === configurationFolder && top !== "" && deeper.length === 0) return undefined;
  if (part === besidePart && besidePath.test([top, ...deeper].join("/"))) return undefined;
  if (part !== dataPart || top === "") return "a backup holds no such thing";
  return staysHere(top) ? "it belongs to the machine and is never part of a backup" : undefined;
}
