/** Secrets out of text, bytes, lists of them, and the environment. */

import { WebhookError } from './errors.js'

/** One secret or a list of them, newest first. Text is its UTF-8 bytes; nothing is trimmed or decoded. */
export type Secrets = string | Uint8Array | readonly (string | Uint8Array)[]

/** Where `fromEnv` looks, such as the `env` of a Worker; `process.env` unless said otherwise. */
export type Environment = { readonly [name: string]: unknown }

const HOW = 'hand in the secret as a string or a Uint8Array, or an array of them, newest first'
const VARIABLE = 'CHATISLAV_WEBHOOK_SECRET'
const OLD_VARIABLE = 'CHATISLAV_WEBHOOK_SECRET_OLD'

/**
 * Each of the secrets, newest first.
 *
 * @throws {WebhookError} `secret_missing` for nothing and for what is neither text nor bytes.
 */
export function listOf(secrets: unknown): (string | Uint8Array)[] {
  const list: unknown[] = Array.isArray(secrets) ? [...secrets] : [secrets]
  return list.map((secret) => {
    if (typeof secret === 'string') return secret
    if (ArrayBuffer.isView(secret) && Object.prototype.toString.call(secret) === '[object Uint8Array]') {
      return Uint8Array.from(secret as Uint8Array)
    }
    throw new WebhookError('secret_missing', secret === undefined ? {} : { hint: HOW })
  })
}

/**
 * The secret of `CHATISLAV_WEBHOOK_SECRET`, and during a rotation the old one of
 * `CHATISLAV_WEBHOOK_SECRET_OLD`. Each holds one secret, commas included.
 *
 * @throws {WebhookError} `secret_missing` if the first is not set.
 */
export function fromEnvironment(environment: Environment = globalThis.process?.env ?? {}): (string | Uint8Array)[] {
  const newest = environment[VARIABLE]
  if (newest === undefined) throw new WebhookError('secret_missing')
  const old = environment[OLD_VARIABLE]
  return listOf(old === undefined ? [newest] : [newest, old])
}
