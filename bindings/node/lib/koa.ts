/**
 * Koa: a middleware for a route.
 *
 * @example
 * import Koa from 'koa'
 * import { Webhook } from 'chatislav-webhooks'
 * import { verified } from 'chatislav-webhooks/koa'
 *
 * const app = new Koa()
 * const webhook = verified(Webhook.fromEnv(), (event) => {
 *   if (event.event === 'lead_collection') console.log('a lead:', Object.keys(event.form))
 * })
 * app.use((context, next) => (context.path === '/webhooks/chatislav' ? webhook(context) : next()))
 * app.listen(8000)
 *
 * @packageDocumentation
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

import { type AnyWebhook, type Answer, DONE, Gate, Refused, thrown, type Verified, type VerifiedOptions } from './gate.js'
import { drained, headersFor, headersOf, type Incoming, read } from './incoming.js'
import type { Schemas } from './schemas.js'

export type { VerifiedOptions } from './gate.js'

const CONSUMED =
  'a body parser read the body before this middleware, and what koa-bodyparser keeps is text: mount the webhook above it'

/** The part of Koa's context that is used here. */
export interface Context {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  status: number
  body: unknown
  set(headers: Record<string, string>): void
}

/**
 * Verifies the request before the handler sees it.
 *
 * A handler that sets no status and no body is 204. What it throws goes up and is 500, so that Chatislav sends again.
 */
export function verified<const S extends Schemas = {}, C extends Context = import('koa').Context>(
  webhook: AnyWebhook,
  handler: (event: Verified<S>, context: C) => unknown,
  options?: VerifiedOptions<S>,
): (context: C) => Promise<void> {
  const gate = new Gate(webhook, options, handler)
  return async (context) => {
    try {
      gate.checkMethod(context.method)
      const passage = await gate.admit(await read(context.req as Incoming, gate, CONSUMED), headersOf(context.req))
      // Koa begins with 404, so that a handler which answers nothing would lose the event.
      context.status = 200
      await passage.run(
        () => handler(passage.event, context),
        () => context.status,
      )
      if (context.status === 200 && (context.body === undefined || context.body === null)) context.status = DONE.status
    } catch (error) {
      if (!(error instanceof Refused)) throw thrown(error)
      await drained(context.req)
      answer(context, error.answer)
    }
  }
}

function answer(context: Context, { status, headers, body }: Answer): void {
  context.status = status
  context.body = body === '' ? null : body
  context.status = status
  const { 'content-length': _, ...rest } = headersFor(context.req, { status, headers, body })
  context.set(rest)
}
