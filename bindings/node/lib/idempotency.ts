/**
 * Each delivery once, although the sender may send it again.
 *
 * A claim that is neither completed nor released, because its process died, expires after `lease`.
 *
 * @packageDocumentation
 */

import type { Event, UnverifiedEvent } from './event.js'
import type { State, Store } from './store.js'

export { SQLiteStore } from './sqlite.js'
export type { State, Store } from './store.js'

/** Options of a `Deduplicator`. */
export interface DeduplicatorOptions {
  /** Keeps endpoints apart that share a store and may receive the same bytes. */
  readonly scope?: string
  /** After how many seconds a claim of a crashed process expires; 300 unless said. It must exceed the longest run of your handler. */
  readonly lease?: number
  /** For how many seconds a completed delivery is remembered; 7 days unless said. It must exceed the sender's whole retry window. */
  readonly keep?: number
  /** The time in seconds since 1970. */
  readonly clock?: () => number
}

/** One attempt to work on a delivery. */
export class Claim {
  readonly state: State
  readonly #settle: { readonly complete: () => Promise<void>; readonly release: () => Promise<void> }

  /** @internal */
  constructor(state: State, settle: { complete: () => Promise<void>; release: () => Promise<void> }) {
    this.state = state
    this.#settle = settle
  }

  /** The work is done: every duplicate from now on is `done`. */
  async complete(): Promise<void> {
    if (this.state === 'new') await this.#settle.complete()
  }

  /** The work failed: the next attempt of the sender may try again. */
  async release(): Promise<void> {
    if (this.state === 'new') await this.#settle.release()
  }
}

/**
 * Claims deliveries by their `deliveryKey`.
 *
 * @example
 * import { Deduplicator } from 'chatislav-webhooks/idempotency'
 * const deduplicator = new Deduplicator()
 * const claim = await deduplicator.claim('e3b0c442')
 * console.log(claim.state) // new
 * console.log((await deduplicator.claim('e3b0c442')).state) // in_flight
 * await claim.complete()
 * console.log((await deduplicator.claim('e3b0c442')).state) // done
 */
export class Deduplicator {
  readonly #store: Store
  readonly #scope: string
  readonly #lease: number
  readonly #keep: number
  readonly #clock: () => number

  /** @param store a `MemoryStore` for one process, unless said otherwise, or a `SQLiteStore` for all the processes of a machine. */
  constructor(store: Store = new MemoryStore(), options: DeduplicatorOptions = {}) {
    const { scope = '', lease = 300, keep = 7 * 86_400, clock = () => Date.now() / 1_000 } = options
    if (!(lease > 0) || !(keep > 0)) throw new RangeError('lease and keep are numbers of seconds above 0')
    this.#store = store
    this.#scope = scope
    this.#lease = lease
    this.#keep = keep
    this.#clock = clock
  }

  /** Claims an event, or a delivery key. */
  async claim(delivery: Event | UnverifiedEvent | string): Promise<Claim> {
    const delivered = typeof delivery === 'string' ? delivery : delivery.deliveryKey
    // The scope's length keeps "a" with "b:c" apart from "a:b" with "c".
    const key = `${this.#scope.length}:${this.#scope}:${delivered}`
    const token = globalThis.crypto.randomUUID()
    const now = this.#clock()
    const state = await this.#store.claim(key, token, now, now + this.#lease)
    return new Claim(state, {
      complete: async () => this.#store.complete(key, token, this.#clock() + this.#keep),
      release: async () => this.#store.release(key, token),
    })
  }
}

/** Claims of one process; with its end they are forgotten. */
export class MemoryStore implements Store {
  readonly #limit: number
  // Those in flight are never forgotten for want of room: that would work on a delivery twice.
  readonly #inFlight = new Map<string, { readonly token: string; readonly expires: number }>()
  // In the order in which they were completed: key to expiry.
  readonly #done = new Map<string, number>()

  /** @param limit how many completed deliveries are remembered; beyond, the oldest are forgotten. */
  constructor(limit = 100_000) {
    if (!(limit >= 1)) throw new RangeError('limit is a number of deliveries, 1 or more')
    this.#limit = limit
  }

  claim(key: string, token: string, now: number, expires: number): State {
    const done = this.#done.get(key)
    if (done !== undefined && done > now) return 'done'
    const held = this.#inFlight.get(key)
    if (held !== undefined && held.expires > now) return 'in_flight'
    this.#done.delete(key)
    this.#inFlight.delete(key)
    this.#inFlight.set(key, { token, expires })
    this.#forget(now)
    return 'new'
  }

  complete(key: string, _token: string, expires: number): void {
    this.#inFlight.delete(key)
    this.#done.delete(key)
    this.#done.set(key, expires)
    for (const oldest of this.#done.keys()) {
      if (this.#done.size <= this.#limit) break
      this.#done.delete(oldest)
    }
  }

  release(key: string, token: string): void {
    if (this.#inFlight.get(key)?.token === token) this.#inFlight.delete(key)
  }

  /** Claims of handlers that never settled. They stand in the order in which they were made. */
  #forget(now: number): void {
    for (const [key, { expires }] of this.#inFlight) {
      if (expires > now) break
      this.#inFlight.delete(key)
    }
  }
}
