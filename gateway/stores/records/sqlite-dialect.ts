import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type QueryResult,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** Texts of statements kept ready; what is read with conditions of its own comes and goes. */
const mostStatements = 200;

/**
 * Kysely on one open node:sqlite database. A transaction that may write is BEGIN IMMEDIATE, so that of two
 * writers one waits and none fails half-way; inside a transaction that is open already it is a savepoint.
 */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createDriver: () => createDriver(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => adapter,
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

const adapter: DialectAdapter = {
  supportsCreateIfNotExists: true,
  supportsMultipleConnections: false,
  // SQLite rolls DDL back; with BEGIN IMMEDIATE two processes that migrate at once do it one after the other.
  supportsTransactionalDdl: true,
  supportsReturning: true,
  async acquireMigrationLock() {},
  async releaseMigrationLock() {},
};

function createDriver(database: DatabaseSync): Driver {
  const connection = createConnection(database);
  let isInner = false;
  return {
    async init() {},
    acquireConnection: async () => connection,
    async beginTransaction(_connection, { accessMode }) {
      isInner = database.isTransaction;
      database.exec(isInner ? "SAVEPOINT part" : accessMode === "read only" ? "BEGIN" : "BEGIN IMMEDIATE");
    },
    commitTransaction: async () => database.exec(isInner ? "RELEASE part" : "COMMIT"),
    // After some errors (full disk, I/O) SQLite has rolled back already.
    async rollbackTransaction() {
      if (database.isTransaction) database.exec(isInner ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK");
    },
    async releaseConnection() {},
    destroy: async () => database.close(),
  };
}

function createConnection(database: DatabaseSync): DatabaseConnection {
  const statementOf = preparedOn(database);
  return {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const { statement, hasRows } = statementOf(query.sql);
      const parameters = query.parameters.map(bindable);
      if (hasRows) return { rows: statement.all(...parameters) as R[] };
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    },
    streamQuery() {
      throw new Error("Rows are read in pages, not as a stream");
    },
  };
}

interface Prepared {
  readonly statement: StatementSync;
  readonly hasRows: boolean;
}

/** Statements are prepared once: it costs several times what running one does. */
function preparedOn(database: DatabaseSync): (sql: string) => Prepared {
  const prepared = new Map<string, Prepared>();
  return (sql) => {
    const known = prepared.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    const fresh = { statement, hasRows: statement.columns().length > 0 };
    const [oldest] = prepared.keys();
    if (prepared.size >= mostStatements && oldest !== undefined) prepared.delete(oldest);
    prepared.set(sql, fresh);
    return fresh;
  };
}

/** node:sqlite binds every number as REAL; whole numbers go as bigint, so that they stay INTEGER. */
function bindable(parameter: unknown): SQLInputValue {
  if (parameter === undefined) return null;
  if (typeof parameter === "number" && Number.isSafeInteger(parameter)) return BigInt(parameter);
  return parameter as SQLInputValue;
}
