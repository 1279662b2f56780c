/** The payload's `timestamp`: naive ISO 8601 with microseconds, read as UTC. */

const NAIVE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))?$/

const MILLISECOND = 1_000_000n

/**
 * Nanoseconds since 1970, or undefined for anything else than `2026-06-23T12:00:00.000000`, with one to nine digits
 * of a second or none, and `Z`, an offset such as `+02:00`, or nothing, which means UTC.
 */
export function nanosecondsOf(timestamp: string): bigint | undefined {
  const match = NAIVE.exec(timestamp)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number]
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)]
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined

  // `Date.UTC` takes the years 0 to 99 for the last century's. A day that does not exist is one of another month.
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1) return undefined
  const offset = (match[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes)
  const milliseconds = date.setUTCHours(hour, minute - offset, second)
  return BigInt(milliseconds) * MILLISECOND + BigInt((match[7] ?? '').padEnd(9, '0'))
}

/** Milliseconds since 1970, rounded down as `Date` does, or null if it is unreadable. */
export function instant(timestamp: string): number | null {
  const nanoseconds = nanosecondsOf(timestamp)
  if (nanoseconds === undefined) return null
  const rest = ((nanoseconds % MILLISECOND) + MILLISECOND) % MILLISECOND
  return Number((nanoseconds - rest) / MILLISECOND)
}
