/** What a `Webhook` and an `Unsigned` are told beside the secrets. */

import { DEFAULT_MAX_BODY } from './body.js'
import type { Environment } from './secrets.js'
import type { Schemas } from './schemas.js'

/** Options of a `Webhook`. */
export interface WebhookOptions {
  /** Refuses larger bodies, in bytes; 8 MiB unless said otherwise. */
  readonly maxBody?: number | undefined
  /**
   * Refuses older events, in seconds; off unless said. Retries carry the first timestamp, so it must exceed the
   * sender's whole retry window.
   */
  readonly maxAge?: number | undefined
}

/** Options of `Webhook.fromEnv`. */
export interface FromEnvOptions extends WebhookOptions {
  /** Where to look: `process.env` unless said otherwise. */
  readonly env?: Environment | undefined
}

/** Options of an `Unsigned`. */
export interface UnsignedOptions {
  /** Refuses larger bodies, in bytes; 8 MiB unless said otherwise. */
  readonly maxBody?: number | undefined
  /** A Custom Header of the Webhooks screen, name and value, that each request must carry. It is compared in constant time. */
  readonly requiredHeader?: readonly [name: string, value: string] | undefined
}

/** Options of one verification. */
export interface VerifyOptions<S extends Schemas = Schemas> {
  /** The user's own models for parts of the event. */
  readonly schemas?: S | undefined
  /** The time for `maxAge`: a `Date`, or milliseconds since 1970; the clock's unless said otherwise. */
  readonly now?: Date | number | undefined
}

/** @throws {RangeError} for what is no number of bytes. */
export function maxBodyOf(options: { readonly maxBody?: unknown } | undefined): number {
  const maxBody = options?.maxBody ?? DEFAULT_MAX_BODY
  if (typeof maxBody !== 'number' || !(maxBody >= 0)) throw new RangeError('maxBody is a number of bytes, 0 or more')
  return Math.min(Math.floor(maxBody), Number.MAX_SAFE_INTEGER)
}

/** @throws {RangeError} for what is no number of seconds. */
export function maxAgeOf(options: { readonly maxAge?: unknown } | undefined): number | undefined {
  const maxAge = options?.maxAge
  if (maxAge === undefined) return undefined
  if (typeof maxAge !== 'number' || !(maxAge >= 0)) throw new RangeError('maxAge is a number of seconds, 0 or more')
  return maxAge
}

/** @throws {TypeError} for what is no pair of a name and a value. */
export function requiredHeaderOf(options: { readonly requiredHeader?: unknown } | undefined): readonly [string, string] | undefined {
  const pair = options?.requiredHeader
  if (pair === undefined) return undefined
  const [name, value] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : []
  if (typeof name !== 'string' || typeof value !== 'string') {
    throw new TypeError('requiredHeader is a name and a value: ["X-Webhook-Token", "a long random value"]')
  }
  return [name, value]
}

/** Milliseconds since 1970; NaN, which the verdict refuses, for what is no time. */
export function instantOf(options: { readonly now?: unknown } | null | undefined): number {
  try {
    const now = options?.now
    if (now === undefined) return Date.now()
    return typeof now === 'number' ? now : Date.prototype.getTime.call(now)
  } catch {
    return Number.NaN
  }
}
