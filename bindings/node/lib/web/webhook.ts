/** The one object a customer holds, over WebCrypto. */

import { type Body, bytes, copied } from '../body.js'
import { WebhookError } from '../errors.js'
import { type Event, type Form, type Json, type JsonObject, kindOf, verifiedEvent } from '../event.js'
import { bounded, type HeadersLike, mistaken, SIGNATURE_HEADER, valuesOf } from '../headers.js'
import { type FromEnvOptions, instantOf, maxAgeOf, maxBodyOf, type VerifyOptions, type WebhookOptions } from '../options.js'
import { awaited, type EventOf, type Schemas, schemasOf } from '../schemas.js'
import { fromEnvironment, listOf, type Secrets } from '../secrets.js'
import { requireFresh } from './freshness.js'
import { encoded } from './hexadecimal.js'
import { payloadOf } from './payload.js'
import { readerOf } from './reader.js'
import { Secret } from './secret.js'
import { signatureOf } from './signature.js'

const FINGERPRINT = new TextEncoder().encode('chatislav-webhooks/fingerprint')

/**
 * Verifies webhooks with one secret, or with several during a rotation.
 *
 * @example
 * import { Webhook } from 'chatislav-webhooks/web'
 * const webhook = new Webhook("It's a Secret to Everybody")
 * const body = new TextEncoder().encode('{"event": "lead_collection", "data": {"form_data": [{"field": "name", "value": "Ada"}]}}')
 * const event = await webhook.verify(body, { 'X-Chatislav-Signature': await webhook.sign(body) })
 * if (event.event === 'lead_collection') console.log(event.form.name) // Ada
 */
export class Webhook {
  readonly #secrets: readonly [Secret, ...Secret[]]
  readonly #maxBody: number
  readonly #maxAge: number | undefined

  /**
   * @param secret a string, bytes, or an array of them, newest first. Text is its UTF-8 bytes; nothing is trimmed.
   * @throws {WebhookError} `secret_missing` or `secret_blank`. A RangeError for other options.
   */
  constructor(secret: Secrets, options?: WebhookOptions) {
    const list = listOf(secret)
    this.#maxBody = maxBodyOf(options)
    this.#maxAge = maxAgeOf(options)
    const [newest, ...older] = list.map((one) => new Secret(one))
    if (newest === undefined) throw new WebhookError('secret_missing')
    this.#secrets = [newest, ...older]
  }

  /**
   * Takes the secret of the environment variable `CHATISLAV_WEBHOOK_SECRET`, and during a rotation the old one of
   * `CHATISLAV_WEBHOOK_SECRET_OLD`. Each holds one secret, commas included. A Worker hands in its `env`.
   *
   * @throws {WebhookError} `secret_missing` if the first is not set, `secret_blank` if either is blank.
   */
  static fromEnv(options?: FromEnvOptions): Webhook {
    return new Webhook(fromEnvironment(options?.env), options)
  }

  /**
   * Verifies a request and reads its event. Write `await` before it: an un-awaited check lets a forgery through.
   *
   * @param body the raw bytes as they arrived. They are copied at once, so what happens to them later does not matter.
   * @param headers what the framework has: `Headers`, a Map, an object, pairs.
   * @throws {WebhookError} by rejection and nothing else, in this order: `body_not_raw`, `body_too_large`,
   * `signature_missing`, `signature_ambiguous`, `signature_malformed`, `signature_mismatch`, `payload_not_json`,
   * `payload_too_deep`, `payload_invalid`, `event_stale`, `schema_mismatch`.
   */
  async verify<const S extends Schemas>(
    body: Body,
    headers: HeadersLike,
    options: VerifyOptions<S> & { readonly schemas: S },
  ): Promise<EventOf<S>>
  async verify<Summary = JsonObject, F = Form, Message = Json, Data = JsonObject>(
    body: Body,
    headers: HeadersLike,
    options?: VerifyOptions,
  ): Promise<Event<Summary, F, Message, Data>>
  async verify(body: Body, headers: HeadersLike, options?: VerifyOptions): Promise<Event> {
    // Up to the first await nobody else runs: all that a caller could change meanwhile is read before.
    const raw = copied(bytes(body, this.#maxBody), this.#maxBody)
    const signature = signatureIn(headers)
    const now = this.#maxAge === undefined ? undefined : instantOf(options)
    const schemas = schemasOf(options)

    const secretIndex = await this.#match(raw, signature)
    const payload = payloadOf(raw)
    if (this.#maxAge !== undefined && now !== undefined) requireFresh(payload, this.#maxAge, now)
    const models = schemas === undefined ? undefined : await awaited(schemas, payload)
    const kind = kindOf(payload['event'] as string)
    return verifiedEvent(kind, secretIndex, payload, raw, await readerOf(raw), models)
  }

  /**
   * Verifies that one of the secrets made this signature for these bytes, whatever they say. Write `await` before it.
   *
   * @param signature the value of the header, or an array of all its values.
   * @throws {WebhookError} by rejection: `body_not_raw`, `body_too_large` or `signature_*`.
   */
  async verifySignature(body: Body, signature: string | readonly string[] | undefined): Promise<void> {
    const raw = copied(bytes(body, this.#maxBody), this.#maxBody)
    const given = typeof signature === 'string' ? bounded(signature) : valuesOf([[SIGNATURE_HEADER, signature]], SIGNATURE_HEADER)
    await this.#match(raw, signatureOf(given))
  }

  /**
   * Signs a body with the newest secret, as Chatislav would: 64 lower-case hexadecimal digits.
   *
   * @throws {WebhookError} by rejection: `body_not_raw`.
   */
  async sign(body: Body): Promise<string> {
    const raw = copied(bytes(body, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
    return encoded(await this.#secrets[0].sign(raw))
  }

  /** The largest body accepted, in bytes. */
  get maxBody(): number {
    return this.#maxBody
  }

  /** By which people tell secrets apart without seeing them: 8 hexadecimal digits for each, newest first. */
  get fingerprints(): Promise<string[]> {
    return Promise.all(this.#secrets.map(async (secret) => encoded(await secret.sign(FINGERPRINT)).slice(0, 8)))
  }

  /** How it is printed. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '<Webhook>'
  }

  /** Every secret is tried, so that the time taken does not tell which one matched. */
  async #match(raw: Uint8Array, signature: Uint8Array): Promise<number> {
    const made = await Promise.all(this.#secrets.map((secret) => secret.made(signature, raw)))
    const index = made.indexOf(true)
    if (index < 0) throw new WebhookError('signature_mismatch')
    return index
  }
}

/** The one signature that all values of the header agree on. */
function signatureIn(headers: HeadersLike): Uint8Array {
  try {
    return signatureOf(valuesOf(headers, SIGNATURE_HEADER))
  } catch (error) {
    const hint = error instanceof WebhookError && error.code === 'signature_missing' ? mistaken(headers) : undefined
    throw hint === undefined ? error : new WebhookError('signature_missing', { hint })
  }
}

Object.defineProperty(Webhook.prototype, Symbol.for('chatislav-webhooks.Webhook'), { value: true })
