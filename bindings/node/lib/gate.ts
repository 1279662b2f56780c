/** What every adapter does alike: judge a request, claim its delivery, word the answer. */

import type { Body } from './body.js'
import { WebhookError } from './errors.js'
import type { Event } from './event.js'
import type { HeadersLike } from './headers.js'
import type { Claim, Deduplicator } from './idempotency.js'
import type { VerifyOptions } from './options.js'
import type { EventOf, Schemas } from './schemas.js'

/** A `Webhook` of either entry. */
export interface AnyWebhook {
  readonly maxBody: number
  verify(body: Body, headers: HeadersLike, options?: VerifyOptions): Event | Promise<Event>
}

/** Options of every `verified`. */
export interface VerifiedOptions<S extends Schemas = Schemas> {
  /** The user's own models for parts of the event. */
  readonly schemas?: S
  /** Answers duplicates itself: 200 for a finished delivery, 503 for one in flight. */
  readonly deduplicator?: Deduplicator
  /** Told of each refusal; a line on the console unless said otherwise. If it fails, that is logged. */
  readonly onRefused?: (error: WebhookError) => void | Promise<void>
}

/** What a handler is called with. */
export type Verified<S extends Schemas> = EventOf<S>

/** An answer that the library gives itself. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The methods that Chatislav sends with, as the header `Allow` names them. */
export const ALLOW = 'POST, PUT'
/** For a handler that returns nothing. */
export const DONE: Answer = { status: 204, headers: {}, body: '' }
/** For a handler that threw, where no framework answers. */
export const FAILED: Answer = { status: 500, headers: {}, body: '' }
/** For a client that broke off: nobody reads it. */
export const GONE: Answer = { status: 400, headers: {}, body: '' }

const WEBHOOK = Symbol.for('chatislav-webhooks.Webhook')

/** The handler is not to be called; `answer` is what to send. */
export class Refused extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super(`refused with ${answer.status}`)
    this.answer = answer
  }
}

/** Lets a request through to the handler, or throws `Refused`. */
export class Gate<S extends Schemas = Schemas> {
  readonly maxBody: number
  readonly #webhook: AnyWebhook
  readonly #options: VerifiedOptions<S>

  /** @param handler only looked at: NestJS has it elsewhere. */
  constructor(webhook: AnyWebhook, options: VerifiedOptions<S> = {}, handler: unknown = () => undefined) {
    if (typeof webhook !== 'object' || webhook === null || !(WEBHOOK in webhook)) {
      throw new TypeError('verified() takes a Webhook; what Unsigned reads is not verified')
    }
    if (typeof handler !== 'function') throw new TypeError('verified() takes a handler, a function of the event')
    this.#webhook = webhook
    this.#options = options
    this.maxBody = webhook.maxBody
  }

  /** Before the body is read. */
  checkMethod(method: string | undefined): void {
    if (method !== 'POST' && method !== 'PUT') throw this.refuse(new WebhookError('method_not_allowed'))
  }

  /** By its Content-Length, before the body is read. */
  checkLength(declared: string | null | undefined): void {
    if (/^[0-9]+$/.test(declared ?? '') && Number(declared) > this.maxBody) throw this.tooLarge()
  }

  /** The event and the claim on its delivery, held until the passage is left. */
  async admit(body: Body, headers: HeadersLike): Promise<Passage<S>> {
    const { schemas, deduplicator } = this.#options
    let event
    try {
      event = await this.#webhook.verify(body, headers, { schemas })
    } catch (error) {
      throw error instanceof WebhookError ? this.refuse(error) : error
    }
    const claim = await deduplicator?.claim(event)
    if (claim !== undefined && claim.state !== 'new') {
      throw new Refused({ ...DONE, status: claim.state === 'done' ? 200 : 503 })
    }
    return new Passage(event as EventOf<S>, claim)
  }

  /** The code and nothing else: whoever knocks learns no more. The hint is for the log. */
  refuse(error: WebhookError): Refused {
    const { onRefused = report } = this.#options
    void (async () => onRefused(error))().catch((failure: unknown) => console.error(failure))
    return refusal(error)
  }

  tooLarge(): Refused {
    return this.refuse(new WebhookError('body_too_large'))
  }

  /** For a body that something before the adapter has consumed or changed. */
  notRaw(hint: string): Refused {
    return this.refuse(new WebhookError('body_not_raw', { hint }))
  }
}

/**
 * A verified event on its way through the handler: claimed at the start, settled at the end.
 *
 * With anything but 2xx the claim is released, so that the sender's next attempt is worked on.
 */
export class Passage<S extends Schemas = Schemas> {
  readonly event: EventOf<S>
  #claim: Claim | undefined

  constructor(event: EventOf<S>, claim: Claim | undefined) {
    this.event = event
    this.#claim = claim
  }

  /** Runs the handler, and settles the claim by the status that its result stands for, or its error. */
  async run<T>(handler: () => T | Promise<T>, statusOf: (result: T) => number): Promise<T> {
    let status = 500
    try {
      const result = await handler()
      status = statusOf(result)
      return result
    } catch (error) {
      status = deliberateStatus(error) ?? 500
      throw error
    } finally {
      await this.settle(status)
    }
  }

  /** Once: what comes later changes nothing. */
  async settle(status: number): Promise<void> {
    const claim = this.#claim
    this.#claim = undefined
    try {
      if (status >= 200 && status < 300) await claim?.complete()
      else await claim?.release()
    } catch (failure) {
      // The handler has worked; the claim expires by itself.
      console.error('chatislav-webhooks: a delivery could not be settled:', failure)
    }
  }
}

/**
 * The status of an error that is an answer of the handler's own: one of `http-errors`, as `ctx.throw(409)` and
 * `createError(409)` make. Other errors have a status too, such as those of HTTP clients, and theirs says nothing
 * about this request.
 */
export function deliberateStatus(error: unknown): number | undefined {
  const { expose, status, statusCode } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  return typeof expose === 'boolean' && typeof status === 'number' && status === statusCode ? status : undefined
}

/**
 * What to hand to a framework that takes the status of an answer from any error: the error itself, or one around it
 * whose status is 500, so that the sender tries again.
 */
export function thrown(error: unknown): unknown {
  if (deliberateStatus(error) !== undefined) return error
  const { status, statusCode, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  // Of a file that is not there Koa makes a 404.
  if (error instanceof Error && status === undefined && statusCode === undefined && code !== 'ENOENT') return error
  return Object.assign(new Error('the handler of a webhook failed', { cause: error }), { status: 500, statusCode: 500 })
}

function refusal(error: WebhookError): Refused {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (error.code === 'method_not_allowed') headers['allow'] = ALLOW
  return new Refused({ status: error.httpStatus, headers, body: JSON.stringify({ error: error.code }) })
}

function report(error: WebhookError): void {
  console.warn(`chatislav-webhooks: refused: ${error.code} (${error.message}): ${error.hint}`)
}
