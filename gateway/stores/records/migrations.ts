import { type Kysely, sql } from "kysely";
import type { Migration, MigrationProvider } from "kysely/migration";

/**
 * Migrations by name, in alphabetical order. One that was released is never changed: the next one
 * mends it. Each runs inside the one transaction of the whole migration.
 */
const migrations = new Map<string, readonly string[]>([
  [
    "0001-people",
    [
      `CREATE TABLE users (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        equipment TEXT NOT NULL,
        organisation TEXT,
        password_hash TEXT,
        language TEXT NOT NULL,
        disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
        created_at INTEGER NOT NULL
      ) STRICT`,
      `CREATE TABLE sign_ins (
        id TEXT PRIMARY KEY,
        user_id TEXT NOT NULL REFERENCES users (id),
        secret_hash TEXT NOT NULL UNIQUE,
        previous_hash TEXT,
        previous_until INTEGER,
        stop_hash TEXT NOT NULL UNIQUE,
        created_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        second_factor INTEGER NOT NULL CHECK (second_factor IN (0, 1)),
        address TEXT NOT NULL,
        user_agent TEXT NOT NULL
      ) STRICT`,
      "CREATE INDEX sign_ins_user ON sign_ins (user_id)",
      "CREATE INDEX sign_ins_previous ON sign_ins (previous_hash)",
      `CREATE TABLE first_link (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        hash TEXT NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT`,
      `CREATE TRIGGER users_keep_an_administrator BEFORE UPDATE OF role, disabled ON users
        WHEN OLD.role = 'administrator' AND OLD.disabled = 0
          AND NOT (NEW.role = 'administrator' AND NEW.disabled = 0)
          AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id <> OLD.id AND u.role = 'administrator' AND u.disabled = 0)
        BEGIN SELECT RAISE(ABORT, 'plancia: last administrator'); END`,
    ],
  ],
  [
    "0002-commands",
    [
      `CREATE TABLE commands (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        user_id TEXT NOT NULL,
        key TEXT,
        equipment TEXT NOT NULL,
        state TEXT NOT NULL,
        final INTEGER NOT NULL CHECK (final IN (0, 1)),
        requested_at INTEGER NOT NULL,
        body TEXT NOT NULL
      ) STRICT`,
      "CREATE UNIQUE INDEX commands_key ON commands (user_id, key) WHERE key IS NOT NULL",
      "CREATE INDEX commands_equipment ON commands (equipment, seq)",
      "CREATE INDEX commands_open ON commands (seq) WHERE final = 0",
      // R1: a final state never changes.
      `CREATE TRIGGER commands_final_stays BEFORE UPDATE ON commands
        WHEN OLD.final = 1 AND (NEW.state <> OLD.state OR NEW.final = 0)
        BEGIN SELECT RAISE(ABORT, 'plancia: final command'); END`,
    ],
  ],
  [
    "0003-audit",
    [
      `CREATE TABLE audit (
        n INTEGER PRIMARY KEY,
        body TEXT,
        class TEXT NOT NULL,
        digest TEXT NOT NULL,
        hash TEXT NOT NULL,
        action TEXT GENERATED ALWAYS AS (json_extract(body, '$.action')) VIRTUAL,
        who TEXT GENERATED ALWAYS AS (json_extract(body, '$.who')) VIRTUAL,
        equipment TEXT GENERATED ALWAYS AS (json_extract(body, '$.equipment')) VIRTUAL
      ) STRICT`,
      "CREATE INDEX audit_who ON audit (who, n)",
      "CREATE INDEX audit_equipment ON audit (equipment, n)",
      "CREATE INDEX audit_action ON audit (action, n)",
      `CREATE TABLE audit_head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        count INTEGER NOT NULL,
        hash TEXT NOT NULL
      ) STRICT`,
      `INSERT INTO audit_head (id, count, hash) VALUES (1, 0, '${"0".repeat(64)}')`,
      // Append-only: a body may be erased, nothing else may change.
      `CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
        WHEN NEW.n IS NOT OLD.n OR NEW.class IS NOT OLD.class OR NEW.digest IS NOT OLD.digest OR NEW.hash IS NOT OLD.hash
          OR NEW.body IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'plancia: the audit is append-only'); END`,
      `CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'plancia: the audit is append-only'); END`,
    ],
  ],
  [
    "0004-bookings",
    [
      `CREATE TABLE bookings (
        id TEXT PRIMARY KEY,
        equipment TEXT NOT NULL,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        version INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('CONFIRMED', 'CANCELLED')),
        user_id TEXT NOT NULL,
        title TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        CONSTRAINT booking_order CHECK (start_ms < end_ms)
      ) STRICT`,
      "CREATE INDEX bookings_equipment ON bookings (equipment, start_ms)",
      "CREATE INDEX bookings_user ON bookings (user_id, start_ms)",
      `CREATE TRIGGER bookings_overlap_insert BEFORE INSERT ON bookings ${overlapBody()}`,
      `CREATE TRIGGER bookings_overlap_update BEFORE UPDATE ON bookings ${overlapBody()}`,
    ],
  ],
  [
    "0005-revision",
    [
      "CREATE TABLE revision (id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER NOT NULL) STRICT",
      "INSERT INTO revision (id, n) VALUES (1, 1)",
      ...["users", "bookings"].flatMap((table) =>
        ["INSERT", "UPDATE", "DELETE"].map((change) => countUp(`${table}_${change.toLowerCase()}`, change, table)),
      ),
      countUp("sign_ins_insert", "INSERT", "sign_ins"),
      countUp("sign_ins_delete", "DELETE", "sign_ins"),
    ],
  ],
  [
    "0006-site",
    [
      `CREATE TABLE islands (
        equipment TEXT PRIMARY KEY,
        who TEXT NOT NULL,
        since INTEGER NOT NULL
      ) STRICT`,
      // No reference to users: a lock stays whatever becomes of an account.
      `CREATE TABLE lock_outs (
        id TEXT PRIMARY KEY,
        equipment TEXT NOT NULL,
        user_id TEXT,
        person TEXT NOT NULL,
        reason TEXT,
        since INTEGER NOT NULL
      ) STRICT`,
      `CREATE TABLE chains (
        equipment TEXT PRIMARY KEY,
        opened_at INTEGER NOT NULL,
        closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
        reset INTEGER NOT NULL CHECK (reset IN (0, 1)),
        local INTEGER NOT NULL CHECK (local IN (0, 1))
      ) STRICT`,
      `CREATE TABLE kiosks (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        equipment TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        enrolled_at INTEGER,
        key_hash TEXT UNIQUE,
        link_hash TEXT UNIQUE,
        link_until INTEGER
      ) STRICT`,
      `CREATE TABLE pins (
        user_id TEXT PRIMARY KEY REFERENCES users (id),
        hash TEXT NOT NULL,
        set_at INTEGER NOT NULL
      ) STRICT`,
      ...["islands", "lock_outs", "kiosks", "pins"].flatMap((table) =>
        ["INSERT", "UPDATE", "DELETE"].map((change) => countUp(`${table}_${change.toLowerCase()}`, change, table)),
      ),
    ],
  ],
  [
    "0007-hand-over",
    [
      `CREATE TABLE hand_over_notes (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        equipment TEXT NOT NULL,
        at INTEGER NOT NULL,
        body TEXT NOT NULL
      ) STRICT`,
      "CREATE INDEX hand_over_notes_equipment ON hand_over_notes (equipment, seq)",
      `CREATE TABLE on_call (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        equipment TEXT NOT NULL,
        at INTEGER NOT NULL,
        open INTEGER NOT NULL CHECK (open IN (0, 1)),
        body TEXT NOT NULL
      ) STRICT`,
      "CREATE INDEX on_call_open ON on_call (open, seq)",
    ],
  ],
  [
    "0008-accepted-control",
    [
      `CREATE TABLE accepted_control (
        equipment TEXT PRIMARY KEY,
        sheet TEXT NOT NULL,
        digest TEXT NOT NULL,
        accepted_at INTEGER NOT NULL,
        accepted_by TEXT NOT NULL,
        address TEXT NOT NULL,
        narrowed_at INTEGER
      ) STRICT`,
    ],
  ],
  [
    "0009-second-factor",
    [
      `CREATE TABLE second_factors (
        user_id TEXT PRIMARY KEY REFERENCES users (id),
        sealed TEXT NOT NULL,
        confirmed_at INTEGER NOT NULL,
        last_step INTEGER NOT NULL
      ) STRICT`,
      `CREATE TABLE recovery_codes (
        user_id TEXT NOT NULL REFERENCES users (id),
        hash TEXT NOT NULL,
        PRIMARY KEY (user_id, hash)
      ) STRICT`,
      // A sign-in from before has never shown a person: its screen is locked until one does.
      "ALTER TABLE sign_ins ADD COLUMN active_at INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE sign_ins ADD COLUMN locked_at INTEGER",
      // A code that is used changes nobody's rights.
      ...["INSERT", "DELETE", "UPDATE OF sealed"].map((change) =>
        countUp(`second_factors_${change.slice(0, 6).toLowerCase()}`, change, "second_factors"),
      ),
    ],
  ],
  [
    "0012-audit",
    [
      "DROP TRIGGER audit_append_only",
      "ALTER TABLE audit ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
      "ALTER TABLE audit ADD COLUMN at INTEGER",
      "ALTER TABLE audit ADD COLUMN kind TEXT",
      "ALTER TABLE audit ADD COLUMN salt TEXT",
      "ALTER TABLE audit ADD COLUMN commitment TEXT",
      "UPDATE audit SET at = CAST(json_extract(body, '$.at') AS INTEGER), kind = json_extract(body, '$.action') WHERE body IS NOT NULL",
      "DROP INDEX audit_action",
      "CREATE INDEX audit_kind ON audit (kind, n)",
      "CREATE INDEX audit_class ON audit (class, n)",
      "CREATE INDEX audit_at ON audit (at)",
      "CREATE INDEX audit_bodies ON audit (class, at) WHERE body IS NOT NULL",
      // Append-only: a body may be erased, and its salt with it; nothing else may change.
      `CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
        WHEN NEW.body IS NOT NULL OR NEW.salt IS NOT NULL OR ${["n", "version", "at", "kind", "class", "commitment", "digest", "hash"].map((column) => `NEW.${column} IS NOT OLD.${column}`).join(" OR ")}
        BEGIN SELECT RAISE(ABORT, 'plancia: the audit is append-only'); END`,
      "CREATE TABLE audit_anchors (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL) STRICT",
    ],
  ],
  [
    "0013-access",
    [
      `CREATE TABLE organisations (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('host', 'guest')),
        disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
        created_at INTEGER NOT NULL
      ) STRICT`,
      // Until now an organisation was a word beside a name.
      `INSERT INTO organisations (id, name, kind, disabled, created_at)
        SELECT organisation, organisation, CASE WHEN max(role = 'guest') THEN 'guest' ELSE 'host' END, 0, min(created_at)
        FROM users WHERE organisation IS NOT NULL AND organisation <> 'host' GROUP BY organisation`,
      "INSERT INTO organisations (id, name, kind, disabled, created_at) VALUES ('host', 'host', 'host', 0, 0)",
      "UPDATE users SET organisation = 'host' WHERE organisation IS NULL AND role <> 'guest'",
      "ALTER TABLE users ADD COLUMN leads INTEGER NOT NULL DEFAULT 0 CHECK (leads IN (0, 1))",
      `CREATE TABLE grants (
        id TEXT PRIMARY KEY,
        user_id TEXT REFERENCES users (id),
        organisation TEXT REFERENCES organisations (id),
        own INTEGER NOT NULL CHECK (own IN (0, 1)),
        role TEXT NOT NULL,
        equipment TEXT NOT NULL,
        areas TEXT NOT NULL,
        highest_class TEXT NOT NULL CHECK (highest_class IN ('C0', 'C1', 'C2', 'C3')),
        not_before INTEGER,
        not_after INTEGER,
        hours TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        created_by TEXT NOT NULL,
        CHECK ((user_id IS NULL) <> (organisation IS NULL)),
        CHECK (own = 0 OR user_id IS NOT NULL)
      ) STRICT`,
      "CREATE INDEX grants_user ON grants (user_id)",
      "CREATE INDEX grants_organisation ON grants (organisation)",
      "CREATE UNIQUE INDEX grants_own ON grants (user_id) WHERE own = 1",
      // What somebody's role gave until now is their first grant, and goes on following it.
      `INSERT INTO grants ${ownGrantOf("users")} FROM users`,
      `CREATE TRIGGER users_own_grant AFTER INSERT ON users
        BEGIN INSERT INTO grants ${ownGrantOf("NEW")}; END`,
      `CREATE TRIGGER users_own_grant_follows AFTER UPDATE OF role, equipment ON users
        BEGIN UPDATE grants SET role = NEW.role, equipment = NEW.equipment WHERE user_id = NEW.id AND own = 1; END`,
      `CREATE TRIGGER grants_own_stays BEFORE DELETE ON grants WHEN OLD.own = 1
        BEGIN SELECT RAISE(ABORT, 'plancia: an own grant stays'); END`,
      `CREATE TABLE api_tokens (
        id TEXT PRIMARY KEY,
        user_id TEXT NOT NULL REFERENCES users (id),
        name TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE,
        permissions TEXT NOT NULL,
        equipment TEXT NOT NULL,
        addresses TEXT NOT NULL,
        second_factor INTEGER NOT NULL CHECK (second_factor IN (0, 1)),
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        revoked_at INTEGER,
        last_used_at INTEGER,
        last_used_from TEXT
      ) STRICT`,
      "CREATE INDEX api_tokens_user ON api_tokens (user_id)",
      ...["organisations", "grants"].flatMap((table) =>
        ["INSERT", "UPDATE", "DELETE"].map((change) => countUp(`${table}_${change.toLowerCase()}`, change, table)),
      ),
      ...["INSERT", "DELETE", "UPDATE OF revoked_at"].map((change) =>
        countUp(`api_tokens_${change.slice(0, 6).toLowerCase()}`, change, "api_tokens"),
      ),
    ],
  ],
  [
    "0014-installation",
    [
      "CREATE TABLE last_configuration (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT",
      `CREATE TABLE notices_read (
        user_id TEXT NOT NULL REFERENCES users (id),
        version TEXT NOT NULL,
        read_at INTEGER NOT NULL,
        PRIMARY KEY (user_id, version)
      ) STRICT`,
      "CREATE TABLE token_keys (seq INTEGER PRIMARY KEY AUTOINCREMENT, salt TEXT NOT NULL UNIQUE, made_at INTEGER NOT NULL) STRICT",
    ],
  ],
  [
    "0015-identities",
    [
      `CREATE TABLE identities (
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id),
        PRIMARY KEY (issuer, subject)
      ) STRICT`,
      "ALTER TABLE sign_ins ADD COLUMN provider TEXT",
      "ALTER TABLE sign_ins ADD COLUMN provider_session TEXT",
    ],
  ],
  [
    "0016-organisations",
    [
      `CREATE TABLE invitations (
        hash TEXT PRIMARY KEY,
        user_id TEXT NOT NULL UNIQUE REFERENCES users (id),
        expires_at INTEGER NOT NULL
      ) STRICT`,
      // Words beside names that came after 0013, and people of the house that were added without one.
      `INSERT INTO organisations (id, name, kind, disabled, created_at)
        SELECT organisation, organisation, CASE WHEN max(role = 'guest') THEN 'guest' ELSE 'host' END, 0, min(created_at)
        FROM users WHERE organisation NOT IN (SELECT id FROM organisations) GROUP BY organisation`,
      "UPDATE users SET organisation = 'host' WHERE organisation IS NULL AND role <> 'guest'",
      // An administrator whose organisation is suspended cannot let anybody in either.
      "DROP TRIGGER users_keep_an_administrator",
      `CREATE TRIGGER users_keep_an_administrator BEFORE UPDATE OF role, disabled, organisation ON users
        WHEN OLD.role = 'administrator' AND OLD.disabled = 0
          AND NOT (NEW.role = 'administrator' AND NEW.disabled = 0 AND ${notSuspended("NEW")})
          AND NOT EXISTS (SELECT 1 FROM users u
            WHERE u.id <> OLD.id AND u.role = 'administrator' AND u.disabled = 0 AND ${notSuspended("u")})
        BEGIN SELECT RAISE(ABORT, 'plancia: last administrator'); END`,
      `CREATE TRIGGER organisations_keep_an_administrator BEFORE UPDATE OF disabled ON organisations
        WHEN NEW.disabled = 1 AND OLD.disabled = 0
          AND EXISTS (SELECT 1 FROM users u WHERE u.organisation = OLD.id AND u.role = 'administrator' AND u.disabled = 0)
          AND NOT EXISTS (SELECT 1 FROM users u
            WHERE u.organisation IS NOT OLD.id AND u.role = 'administrator' AND u.disabled = 0 AND ${notSuspended("u")})
        BEGIN SELECT RAISE(ABORT, 'plancia: last administrator'); END`,
    ],
  ],
  [
    "0017-passkeys",
    [
      `CREATE TABLE passkeys (
        id TEXT PRIMARY KEY,
        user_id TEXT NOT NULL REFERENCES users (id),
        name TEXT NOT NULL,
        public_key TEXT NOT NULL,
        counter INTEGER NOT NULL,
        transports TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        used_at INTEGER
      ) STRICT`,
      "CREATE INDEX passkeys_by_user ON passkeys (user_id, created_at)",
      // One that is used changes nobody's rights.
      ...["INSERT", "DELETE"].map((change) => countUp(`passkeys_${change.toLowerCase()}`, change, "passkeys")),
    ],
  ],
  [
    "0018-configuration-versions",
    [
      `CREATE TABLE configuration_versions (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        who TEXT NOT NULL,
        why TEXT,
        body TEXT NOT NULL,
        left_out INTEGER NOT NULL,
        plain TEXT NOT NULL,
        started_at INTEGER
      ) STRICT`,
    ],
  ],
  [
    "0019-derived-state",
    [
      `CREATE TABLE derived_state (
        tag TEXT PRIMARY KEY,
        definition TEXT NOT NULL,
        body TEXT NOT NULL,
        saved_at INTEGER NOT NULL
      ) STRICT`,
    ],
  ],
]);

function notSuspended(row: "NEW" | "u"): string {
  return `NOT EXISTS (SELECT 1 FROM organisations o WHERE o.id = ${row}.organisation AND o.disabled = 1)`;
}

/** A person's own role as a grant without bounds; its id is the person's. */
function ownGrantOf(row: "users" | "NEW"): string {
  const columns =
    "id, user_id, organisation, own, role, equipment, areas, highest_class, hours, created_at, created_by";
  const values = `${row}.id, ${row}.id, NULL, 1, ${row}.role, ${row}.equipment, '[]', 'C3', '[]', ${row}.created_at`;
  return `(${columns}) SELECT ${values}, 'system:own-role'`;
}

/** Two confirmed half-open intervals [start, end) of one machine must not touch the same moment. */
function overlapBody(): string {
  return `WHEN NEW.state = 'CONFIRMED' AND EXISTS (
      SELECT 1 FROM bookings b
      WHERE b.equipment = NEW.equipment AND b.state = 'CONFIRMED' AND b.id <> NEW.id
        AND b.start_ms < NEW.end_ms AND NEW.start_ms < b.end_ms)
    BEGIN SELECT RAISE(ABORT, 'plancia: booking overlap'); END`;
}

function countUp(name: string, change: string, table: string): string {
  return `CREATE TRIGGER revision_${name} AFTER ${change} ON ${table} BEGIN UPDATE revision SET n = n + 1 WHERE id = 1; END`;
}

export const migrationProvider: MigrationProvider = {
  getMigrations: async () =>
    Object.fromEntries([...migrations].map(([name, statements]) => [name, migrationOf(statements)])),
};

function migrationOf(statements: readonly string[]): Migration {
  return {
    async up(db: Kysely<unknown>) {
      for (const statement of statements) await sql.raw(statement).execute(db);
    },
  };
}
