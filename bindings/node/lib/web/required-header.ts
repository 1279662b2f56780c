/** The Custom Header that an `Unsigned` requires. */

import { WebhookError } from '../errors.js'
import { trimmed } from './blanks.js'

const HINT = 'the Custom Header that Unsigned requires is absent or has another value'

/** A name, and a value that nobody can guess. */
export class RequiredHeader {
  readonly name: string
  readonly #value: Uint8Array

  /** @throws {WebhookError} `secret_blank` if the value is blank: everybody could send it. */
  constructor(name: string, value: string) {
    const wanted = trimmed(value)
    if (name === '' || wanted === '') throw new WebhookError('secret_blank')
    this.name = name
    this.#value = new TextEncoder().encode(wanted)
  }

  /**
   * Refuses a request unless all the values of its header, each taken whole, are the one.
   *
   * @throws {WebhookError} `signature_missing`, `signature_ambiguous` or `signature_mismatch`.
   */
  async check(values: readonly string[]): Promise<void> {
    const [first, ...others] = values.map(trimmed)
    if (first === undefined) throw new WebhookError('signature_missing', { hint: HINT })
    if (others.some((other) => other !== first)) throw new WebhookError('signature_ambiguous', { hint: HINT })
    if (!(await isSame(this.#value, new TextEncoder().encode(first)))) {
      throw new WebhookError('signature_mismatch', { hint: HINT })
    }
  }
}

/**
 * Whether two values are the same, in constant time. No engine promises that for a loop of JavaScript, but each does
 * for the digests that `verify` compares; under a key of the moment, these say nothing about the values.
 */
async function isSame(ours: Uint8Array, theirs: Uint8Array): Promise<boolean> {
  const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
  const digest = await crypto.subtle.sign('HMAC', key, ours as BufferSource)
  return crypto.subtle.verify('HMAC', key, digest, theirs as BufferSource)
}
