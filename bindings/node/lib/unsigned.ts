/** Webhooks without a signature: another class, another type of event. */

import { type Body, bytes } from './body.js'
import { refused } from './errors.js'
import { unverifiedEvent, type UnverifiedEvent } from './event.js'
import { type HeadersLike, valuesOf } from './headers.js'
import { deliveryKey, instant, reader } from './native.js'
import { maxBodyOf, requiredHeaderOf, type UnsignedOptions } from './options.js'
import { textOf } from './text.js'

const READER = { deliveryKey, instant }

/**
 * Reads webhooks of an agent for which no secret was generated.
 *
 * Anybody who knows the URL can send these. What is left as protection is a Custom Header of the Webhooks screen
 * with a value that nobody can guess: `requiredHeader`.
 */
export class Unsigned {
  readonly #maxBody: number
  readonly #name: string | undefined
  readonly #read: Exclude<ReturnType<typeof reader>, { code: string }>

  /** @throws {WebhookError} `secret_blank` if the required header's value is blank. A RangeError or TypeError for other options. */
  constructor(options?: UnsignedOptions) {
    this.#maxBody = maxBodyOf(options)
    const [name, value] = requiredHeaderOf(options) ?? []
    const read = reader(this.#maxBody, name, value)
    if ('code' in read) throw refused(read)
    this.#name = name
    this.#read = read
  }

  /**
   * Reads a body that nothing vouches for.
   *
   * @throws {WebhookError} `body_not_raw`, `body_too_large`; `signature_missing`, `signature_ambiguous` or
   * `signature_mismatch` for the required header; `payload_*` as for a verified event.
   */
  read(body: Body, headers: HeadersLike): UnverifiedEvent {
    const raw = bytes(body, this.#maxBody)
    const values = this.#name === undefined ? [] : valuesOf(headers, this.#name.toLowerCase())
    const refusal = this.#read(raw, typeof values === 'string' ? [values] : values)
    if (refusal !== null) throw refused(refusal)
    return unverifiedEvent(textOf(raw), raw, READER)
  }

  /** The largest body accepted, in bytes. */
  get maxBody(): number {
    return this.#maxBody
  }

  /** How it is printed. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.#name === undefined ? '<Unsigned>' : `<Unsigned, requires ${JSON.stringify(this.#name)}>`
  }
}
