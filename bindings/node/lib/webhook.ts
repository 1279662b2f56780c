/** The one object a customer holds. */

import { type Body, bytes } from './body.js'
import { refused } from './errors.js'
import { type Event, type Form, type Json, type JsonObject, KINDS, parsed, verifiedEvent } from './event.js'
import { bounded, type HeadersLike, mistaken, SIGNATURE_HEADER, valuesOf } from './headers.js'
import { deliveryKey, type Explanation, explainedHeaders, instant, type Verifier, verifier } from './native.js'
import { type FromEnvOptions, instantOf, maxAgeOf, maxBodyOf, type VerifyOptions, type WebhookOptions } from './options.js'
import { textOf } from './text.js'
import { applied, type EventOf, type Schemas, schemasOf } from './schemas.js'
import { fromEnvironment, listOf, type Secrets } from './secrets.js'

const READER = { deliveryKey, instant }

/**
 * Verifies webhooks with one secret, or with several during a rotation.
 *
 * @example
 * import { Webhook } from 'chatislav-webhooks'
 * const webhook = new Webhook("It's a Secret to Everybody")
 * const body = Buffer.from('{"event": "lead_collection", "data": {"form_data": [{"field": "name", "value": "Ada"}]}}')
 * const event = webhook.verify(body, { 'X-Chatislav-Signature': webhook.sign(body) })
 * if (event.event === 'lead_collection') console.log(event.form.name) // Ada
 */
export class Webhook {
  readonly #functions: Verifier
  readonly #maxBody: number
  readonly #maxAge: number | undefined

  /**
   * @param secret a string, bytes, or an array of them, newest first. Text is its UTF-8 bytes; nothing is trimmed.
   * @throws {WebhookError} `secret_missing` or `secret_blank`. A RangeError for other options.
   */
  constructor(secret: Secrets, options?: WebhookOptions) {
    const secrets = listOf(secret)
    this.#maxBody = maxBodyOf(options)
    this.#maxAge = maxAgeOf(options)
    const functions = verifier(secrets, this.#maxBody)
    if ('code' in functions) throw refused(functions)
    for (const suspicion of functions.suspicions) process.emitWarning(suspicion, 'ChatislavWarning')
    this.#functions = functions
  }

  /**
   * Takes the secret of the environment variable `CHATISLAV_WEBHOOK_SECRET`, and during a rotation the old one of
   * `CHATISLAV_WEBHOOK_SECRET_OLD`. Each holds one secret, commas included.
   *
   * @throws {WebhookError} `secret_missing` if the first is not set, `secret_blank` if either is blank.
   */
  static fromEnv(options?: FromEnvOptions): Webhook {
    return new Webhook(fromEnvironment(options?.env), options)
  }

  /**
   * Verifies a request and reads its event.
   *
   * @param body the raw bytes as they arrived.
   * @param headers what the framework has: `Headers`, `request.headers`, `rawHeaders`, a Map, an object, pairs.
   * @throws {WebhookError} and nothing else, in this order: `body_not_raw`, `body_too_large`, `signature_missing`,
   * `signature_ambiguous`, `signature_malformed`, `signature_mismatch`, `payload_not_json`, `payload_too_deep`,
   * `payload_invalid`, `event_stale`, `schema_mismatch`.
   */
  verify<const S extends Schemas>(body: Body, headers: HeadersLike, options: VerifyOptions<S> & { readonly schemas: S }): EventOf<S>
  verify<Summary = JsonObject, F = Form, Message = Json, Data = JsonObject>(
    body: Body,
    headers: HeadersLike,
    options?: VerifyOptions,
  ): Event<Summary, F, Message, Data>
  verify(body: Body, headers: HeadersLike, options?: VerifyOptions): Event {
    const raw = bytes(body, this.#maxBody)
    const signature = valuesOf(headers, SIGNATURE_HEADER)
    const verdict =
      this.#maxAge === undefined
        ? this.#functions.read(raw, signature)
        : this.#functions.read(raw, signature, this.#maxAge, instantOf(options))
    if (typeof verdict !== 'number') {
      throw refused(verdict.code === 'signature_missing' ? { ...verdict, hint: mistaken(headers) ?? verdict.hint } : verdict)
    }
    const text = textOf(raw, (verdict & 1) === 1)
    const kind = KINDS[((verdict >>> 1) & 3) as 0 | 1 | 2]
    const secretIndex = verdict >>> 3
    const schemas = schemasOf(options)
    if (schemas === undefined) return verifiedEvent(kind, secretIndex, text, raw, READER)
    const payload = parsed(text)
    return verifiedEvent(kind, secretIndex, payload, raw, READER, applied(schemas, payload))
  }

  /**
   * Verifies that one of the secrets made this signature for these bytes, whatever they say.
   *
   * @param signature the value of the header, or an array of all its values.
   * @throws {WebhookError} `body_not_raw`, `body_too_large` or `signature_*`.
   */
  verifySignature(body: Body, signature: string | readonly string[] | undefined): void {
    const raw = bytes(body, this.#maxBody)
    const given = typeof signature === 'string' ? bounded(signature) : valuesOf([[SIGNATURE_HEADER, signature]], SIGNATURE_HEADER)
    const refusal = this.#functions.check(raw, given)
    if (refusal !== null) throw refused(refusal)
  }

  /**
   * Searches for what makes the signature of a request fit: a body written anew, a secret with a blank, base64 in the
   * header. For development, after `signature_mismatch`: it is no verdict, takes up to a second for a body of 8 MiB, and
   * shows a few bytes of the body.
   *
   * @param body the bytes that were handed to `verify`; also text, which may be the mistake.
   * @throws {WebhookError} `body_not_raw` for anything else.
   */
  explain(body: Body | string, headers: HeadersLike): Explanation {
    const raw = bytes(typeof body === 'string' ? Buffer.from(body) : body, Number.MAX_SAFE_INTEGER)
    const fields = explainedHeaders().flatMap((name) => {
      const values = valuesOf(headers, name)
      return (typeof values === 'string' ? [values] : values).map((value): [string, string] => [name, value])
    })
    return this.#functions.explain(raw, fields)
  }

  /**
   * Signs a body with the newest secret, as Chatislav would: 64 lower-case hexadecimal digits.
   *
   * @throws {WebhookError} `body_not_raw`.
   */
  sign(body: Body): string {
    return this.#functions.sign(bytes(body, Number.MAX_SAFE_INTEGER))
  }

  /** The largest body accepted, in bytes. */
  get maxBody(): number {
    return this.#maxBody
  }

  /** By which people tell secrets apart without seeing them: 8 hexadecimal digits for each, newest first. */
  get fingerprints(): string[] {
    return [...this.#functions.fingerprints]
  }

  /** How it is printed. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<Webhook, secrets ${this.#functions.fingerprints.join(' ')}>`
  }
}

Object.defineProperty(Webhook.prototype, Symbol.for('chatislav-webhooks.Webhook'), { value: true })
