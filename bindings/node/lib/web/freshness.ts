/** Whether an event is fresh, for `maxAge`. */

import { WebhookError } from '../errors.js'
import type { JsonObject } from '../event.js'
import { nanosecondsOf } from './timestamp.js'

/** How far in the future a timestamp may lie: clocks differ. */
const FUTURE_TOLERANCE = 5n * 60n * 1_000_000_000n

/** The longest that core counts, in seconds. */
const LONGEST_AGE = 2 ** 64 - 2 ** 11

/**
 * Refuses an event that is older.
 *
 * @param maxAge in seconds.
 * @param now in milliseconds since 1970.
 * @throws {WebhookError} `event_stale`; `payload_invalid` if there is no readable timestamp; `schema_mismatch` if
 * `now` is no time.
 */
export function requireFresh(payload: JsonObject, maxAge: number, now: number): void {
  // From there on a number has no place for single milliseconds.
  if (!(Math.abs(now) < Number.MAX_SAFE_INTEGER)) {
    throw new WebhookError('schema_mismatch', { path: 'now', hint: 'now is a Date, or milliseconds since 1970' })
  }
  const { timestamp } = payload
  const sentAt = typeof timestamp === 'string' ? nanosecondsOf(timestamp) : undefined
  if (sentAt === undefined) throw new WebhookError('payload_invalid', { path: 'timestamp' })
  const age = nanoseconds(now, 1e6) - sentAt
  const limit = maxAge <= LONGEST_AGE ? nanoseconds(maxAge, 1e9) : undefined
  const isFresh = age < 0n ? -age <= FUTURE_TOLERANCE : limit === undefined || age <= limit
  if (!isFresh) throw new WebhookError('event_stale', { path: 'timestamp' })
}

/** A number of seconds or milliseconds in nanoseconds; halves to the even one, as core rounds them. */
function nanoseconds(count: number, each: number): bigint {
  const whole = Math.trunc(count)
  const exact = Math.abs(count - whole) * each
  const floor = Math.floor(exact)
  const isUp = exact - floor > 0.5 || (exact - floor === 0.5 && floor % 2 === 1)
  const rest = BigInt(floor + (isUp ? 1 : 0))
  return BigInt(whole) * BigInt(each) + (count < 0 ? -rest : rest)
}
