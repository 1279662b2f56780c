/** Claims in a SQLite file, by `node:sqlite`. */

import type { DatabaseSync } from 'node:sqlite'

import type { State, Store } from './store.js'

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS deliveries
    (key TEXT PRIMARY KEY, token TEXT NOT NULL, done INTEGER NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS deliveries_by_expiry ON deliveries (expires);
`
const CLAIM = `
  INSERT INTO deliveries (key, token, done, expires) VALUES (?, ?, 0, ?)
  ON CONFLICT (key) DO UPDATE SET token = excluded.token, done = 0, expires = excluded.expires
  WHERE deliveries.expires <= ?
`
const PRUNE_EVERY = 1_000
const SQLITE_BUSY = 5

/**
 * Claims in a SQLite file, shared by the processes of a machine. It needs Node 22.13 or later, or 22.5 with
 * `--experimental-sqlite`.
 *
 * A new file is readable by its owner alone. It holds hashes, and nothing of a payload.
 */
export class SQLiteStore implements Store {
  readonly #path: string
  readonly #timeout: number
  readonly #sqlite: typeof import('node:sqlite')
  #database: Promise<DatabaseSync> | undefined
  /** Those who ask at once use one connection, and it has one transaction: each waits for the one before. */
  #last: Promise<unknown> = Promise.resolve()
  #claims = 0

  /** @param options `timeout`: for how many milliseconds to wait for another process; 5,000 unless said. */
  constructor(path: string, options: { readonly timeout?: number } = {}) {
    // Not imported, so that bundlers and Node 20 take the rest of this module.
    const sqlite = globalThis.process?.getBuiltinModule?.('node:sqlite')
    if (sqlite === undefined) throw new Error('SQLiteStore needs node:sqlite: Node 22.13 or later')
    this.#sqlite = sqlite
    this.#path = path
    this.#timeout = options.timeout ?? 5_000
  }

  async claim(key: string, token: string, now: number, expires: number): Promise<State> {
    const prune = this.#claims % PRUNE_EVERY === 0
    this.#claims += 1
    return this.#transaction((database): State => {
      if (prune) database.prepare('DELETE FROM deliveries WHERE expires <= ?').run(now)
      if (database.prepare(CLAIM).run(key, token, expires, now).changes === 1) return 'new'
      const row = database.prepare('SELECT done FROM deliveries WHERE key = ?').get(key)
      return row?.['done'] === 1 ? 'done' : 'in_flight'
    })
  }

  async complete(key: string, token: string, expires: number): Promise<void> {
    await this.#transaction((database) => {
      database.prepare('INSERT OR REPLACE INTO deliveries VALUES (?, ?, 1, ?)').run(key, token, expires)
    })
  }

  async release(key: string, token: string): Promise<void> {
    await this.#transaction((database) => {
      database.prepare('DELETE FROM deliveries WHERE key = ? AND token = ? AND done = 0').run(key, token)
    })
  }

  /** Closes the file; the next use opens it again. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      const database = this.#database
      this.#database = undefined
      await database?.then((open) => open.close(), () => undefined)
    })
  }

  #transaction<T>(work: (database: DatabaseSync) => T): Promise<T> {
    return this.#inTurn(() => this.#transact(work))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** The lock is taken at the start, so that a claim cannot be overtaken by another process. */
  async #transact<T>(work: (database: DatabaseSync) => T): Promise<T> {
    const database = await (this.#database ??= this.#open())
    await this.#patient(() => database.exec('BEGIN IMMEDIATE'))
    try {
      const result = work(database)
      database.exec('COMMIT')
      return result
    } catch (failure) {
      // After an error, also one of COMMIT such as a full disk, the connection stays of use.
      if (database.isTransaction !== false) {
        try {
          database.exec('ROLLBACK')
        } catch {
          // SQLite has rolled back by itself.
        }
      }
      throw failure
    }
  }

  async #open(): Promise<DatabaseSync> {
    try {
      const fs = globalThis.process.getBuiltinModule('node:fs')
      try {
        // Only a file that is not there: closing a descriptor of one that is would drop SQLite's locks on it.
        if (this.#path !== ':memory:') fs.closeSync(fs.openSync(this.#path, 'wx', 0o600))
      } catch (failure) {
        if ((failure as { code?: unknown }).code !== 'EEXIST') throw failure
      }
      const database = new this.#sqlite.DatabaseSync(this.#path)
      await this.#patient(() => database.exec(SCHEMA))
      return database
    } catch (failure) {
      this.#database = undefined
      throw failure
    }
  }

  /** While another process writes, this one waits without holding up its event loop. */
  async #patient(work: () => void): Promise<void> {
    const end = Date.now() + this.#timeout
    for (;;) {
      try {
        work()
        return
      } catch (failure) {
        if (((failure as { errcode?: number }).errcode ?? 0) % 256 !== SQLITE_BUSY || Date.now() >= end) throw failure
      }
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 10))
    }
  }
}
