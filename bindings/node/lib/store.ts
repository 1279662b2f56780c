/** Where claims on deliveries are kept. */

/**
 * What is known of a delivery at the moment of a claim. `new`: it is yours, so work, then complete or release it.
 * `in_flight`: somebody is at it; answer 503, so that the sender comes again and learns how it went. `done`: it was
 * completed before; answer 200.
 */
export type State = 'new' | 'in_flight' | 'done'

/** Where claims are kept. Each method is atomic, also among processes that share the store. Times are seconds since 1970. */
export interface Store {
  /** Takes the key for this token until `expires` if it is free or has expired at `now`. */
  claim(key: string, token: string, now: number, expires: number): State | Promise<State>
  /** Marks the key as done until `expires`, whoever holds it: the work has been done. */
  complete(key: string, token: string, expires: number): void | Promise<void>
  /** Frees the key if this token still holds it and it is not done. */
  release(key: string, token: string): void | Promise<void>
}
