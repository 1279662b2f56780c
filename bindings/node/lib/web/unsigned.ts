/** Webhooks without a signature, where native code cannot run: another class, another type of event. */

import { type Body, bytes, copied } from '../body.js'
import { unverifiedEvent, type UnverifiedEvent } from '../event.js'
import { type HeadersLike, valuesOf } from '../headers.js'
import { maxBodyOf, requiredHeaderOf, type UnsignedOptions } from '../options.js'
import { payloadOf } from './payload.js'
import { readerOf } from './reader.js'
import { RequiredHeader } from './required-header.js'

/**
 * Reads webhooks of an agent for which no secret was generated.
 *
 * Anybody who knows the URL can send these. What is left as protection is a Custom Header of the Webhooks screen
 * with a value that nobody can guess: `requiredHeader`.
 */
export class Unsigned {
  readonly #maxBody: number
  readonly #required: RequiredHeader | undefined

  /** @throws {WebhookError} `secret_blank` if the required header's value is blank. A RangeError or TypeError for other options. */
  constructor(options?: UnsignedOptions) {
    this.#maxBody = maxBodyOf(options)
    const pair = requiredHeaderOf(options)
    this.#required = pair === undefined ? undefined : new RequiredHeader(...pair)
  }

  /**
   * Reads a body that nothing vouches for. Write `await` before it.
   *
   * @throws {WebhookError} by rejection: `body_not_raw`, `body_too_large`; `signature_missing`, `signature_ambiguous`
   * or `signature_mismatch` for the required header; `payload_*` as for a verified event.
   */
  async read(body: Body, headers: HeadersLike): Promise<UnverifiedEvent> {
    // Up to the first await nobody else runs: all that a caller could change meanwhile is read before.
    const raw = copied(bytes(body, this.#maxBody), this.#maxBody)
    if (this.#required !== undefined) {
      const values = valuesOf(headers, this.#required.name.toLowerCase())
      await this.#required.check(typeof values === 'string' ? [values] : values)
    }
    return unverifiedEvent(payloadOf(raw), raw, await readerOf(raw))
  }

  /** The largest body accepted, in bytes. */
  get maxBody(): number {
    return this.#maxBody
  }

  /** How it is printed. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.#required === undefined ? '<Unsigned>' : `<Unsigned, requires ${JSON.stringify(this.#required.name)}>`
  }
}
