/**
 * Hono: a handler for a route, on Node and, with a `Webhook` of `chatislav-webhooks/web`, on the edge.
 *
 * @example
 * import { Hono } from 'hono'
 * import { Webhook } from 'chatislav-webhooks/web'
 * import { verified } from 'chatislav-webhooks/hono'
 *
 * const app = new Hono()
 * app.all('/webhooks/chatislav', verified(new Webhook("It's a Secret to Everybody"), (event, context) => {
 *   if (event.event === 'lead_collection') console.log('a lead:', Object.keys(event.form))
 * }))
 * export default app
 *
 * @packageDocumentation
 */

import type { Context, Env } from 'hono'

import { type AnyWebhook, DONE, Gate, Refused, type Verified, type VerifiedOptions } from './gate.js'
import { drained, read, respond } from './fetch.js'
import type { Schemas } from './schemas.js'

export type { VerifiedOptions } from './gate.js'

const CONSUMED =
  'a middleware read the body as text or JSON before the handler: let it call `await c.req.arrayBuffer()` first, or mount the webhook above it'

/**
 * Verifies the request before the handler sees it. Mount it with `app.all`, so that PUT arrives and others are 405.
 *
 * A handler that returns nothing is 204, or the status that it has set. What it throws goes to `app.onError` and is 500, so that Chatislav sends again.
 *
 * @param webhook a `Webhook`, or a function that gives one, for runtimes that have the secret in `context.env`.
 */
export function verified<const S extends Schemas = {}, E extends Env = Env>(
  webhook: AnyWebhook | ((context: Context<E>) => AnyWebhook),
  handler: (event: Verified<S>, context: Context<E>) => Response | undefined | void | Promise<Response | undefined | void>,
  options?: VerifiedOptions<S>,
): (context: Context<E>) => Promise<Response> {
  const known = typeof webhook === 'function' ? undefined : new Gate(webhook, options, handler)
  return async (context) => {
    const gate = known ?? new Gate((webhook as (context: Context<E>) => AnyWebhook)(context), options, handler)
    try {
      gate.checkMethod(context.req.method)
      const passage = await gate.admit(await bodyOf(context, gate), context.req.raw.headers)
      return await passage.run(
        async () => (await handler(passage.event, context)) ?? done(context),
        (response) => response.status,
      )
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      await drained(context.req.raw)
      return respond(error.answer)
    }
  }
}

function done(context: Pick<Context, 'body'>): Response {
  const set = context.body(null)
  return set.status === 200 ? context.body(null, DONE.status as 204) : set
}

async function bodyOf<S extends Schemas, E extends Env>(context: Context<E>, gate: Gate<S>): Promise<Uint8Array> {
  const { req } = context
  // Bytes that were read as bytes are still what arrived.
  if (req.raw.bodyUsed && req.bodyCache.arrayBuffer !== undefined) return new Uint8Array(await req.arrayBuffer())
  const body = await read(req.raw, gate, CONSUMED)
  // So that the handler may still ask for `c.req.json()`.
  req.bodyCache.arrayBuffer = Promise.resolve(body.slice().buffer as ArrayBuffer) as never
  return body
}
