/** Secrets out of text, bytes, lists of them, and the environment. */

import { isBytes } from './body.js'
import { WebhookError } from './errors.js'

/** One secret or a list of them, newest first. Text is its UTF-8 bytes; nothing is trimmed or decoded. */
export type Secrets = string | Uint8Array | readonly (string | Uint8Array)[]

/** Where `fromEnv` looks, such as the `env` of a Worker; `process.env` unless said otherwise. */
export type Environment = object

/** Of all secrets together, in characters or bytes. */
const MAX_LENGTH = 1_048_576
const HOW = 'hand in the secret as a string or a Uint8Array, or an array of them, newest first'
const VARIABLE = 'CHATISLAV_WEBHOOK_SECRET'
const OLD_VARIABLE = 'CHATISLAV_WEBHOOK_SECRET_OLD'

/**
 * Each of the secrets, newest first.
 *
 * @throws {WebhookError} `secret_missing` for nothing and for what is neither text nor bytes.
 */
export function listOf(secrets: unknown): (string | Uint8Array)[] {
  let list: (string | Uint8Array | undefined)[]
  try {
    list = (Array.isArray(secrets) ? [...(secrets as unknown[])] : [secrets]).map(one)
  } catch {
    list = [undefined]
  }
  // Nobody has one of a mebibyte, and nothing of that size is copied.
  const isTooLong = list.reduce((sum, secret) => sum + (secret?.length ?? 0), 0) > MAX_LENGTH
  if (isTooLong || !list.every((secret) => secret !== undefined)) {
    throw new WebhookError('secret_missing', secrets === undefined ? {} : { hint: HOW })
  }
  return list
}

function one(secret: unknown): string | Uint8Array | undefined {
  if (typeof secret === 'string') return secret
  return isBytes(secret) ? Uint8Array.from(secret) : undefined
}

/**
 * The secret of `CHATISLAV_WEBHOOK_SECRET`, and during a rotation the old one of
 * `CHATISLAV_WEBHOOK_SECRET_OLD`. Each holds one secret, commas included.
 *
 * @throws {WebhookError} `secret_missing` if the first is not set.
 */
export function fromEnvironment(environment: Environment | null = globalThis.process?.env ?? {}): (string | Uint8Array)[] {
  const variables = environment as { readonly [name: string]: unknown } | null
  const newest = variables?.[VARIABLE]
  if (newest === undefined) throw new WebhookError('secret_missing')
  const old = variables?.[OLD_VARIABLE]
  return listOf(old === undefined ? [newest] : [newest, old])
}
