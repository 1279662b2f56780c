/**
 * Next.js App Router: the methods of a `route.ts`.
 *
 * Bundlers take no native code, so name the package in `next.config.ts`, for Turbopack and for webpack:
 * `serverExternalPackages: ['chatislav-webhooks']`. `next build` loads each route; where it has no secret, write
 * `verified(() => Webhook.fromEnv(), ...)`.
 *
 * @example
 * // app/webhooks/chatislav/route.ts
 * import { Webhook } from 'chatislav-webhooks'
 * import { verified } from 'chatislav-webhooks/next'
 *
 * export const { POST, PUT } = verified(Webhook.fromEnv(), (event) => {
 *   if (event.event === 'lead_collection') console.log('a lead:', Object.keys(event.form))
 * })
 *
 * @packageDocumentation
 */

import { type AnyWebhook, DONE, Gate, Refused, type Verified, type VerifiedOptions } from './gate.js'
import { drained, read, respond } from './fetch.js'
import type { Schemas } from './schemas.js'

export type { VerifiedOptions } from './gate.js'

const CONSUMED = 'something read the request before the route: let a wrapper around it read a `request.clone()`'

/** A function that a `route.ts` exports. */
export type RouteHandler = (request: Request, context?: unknown) => Promise<Response>

/** Every method, so that those which Chatislav does not send are answered 405 with `Allow` where they are exported. */
export interface Routes {
  readonly GET: RouteHandler
  readonly HEAD: RouteHandler
  readonly POST: RouteHandler
  readonly PUT: RouteHandler
  readonly PATCH: RouteHandler
  readonly DELETE: RouteHandler
  readonly OPTIONS: RouteHandler
}

/**
 * Verifies the request before the handler sees it.
 *
 * A handler that returns nothing is 204. What it throws is Next's 500, so that Chatislav sends again. Methods that
 * are not exported Next answers itself, with 405 and no `Allow`.
 *
 * @param webhook a `Webhook`, or a function that gives one, so that `next build` needs no secret.
 */
export function verified<const S extends Schemas = {}>(
  webhook: AnyWebhook | (() => AnyWebhook),
  handler: (event: Verified<S>, request: Request, context: unknown) => Response | undefined | void | Promise<Response | undefined | void>,
  options?: VerifiedOptions<S>,
): Routes {
  let gate = typeof webhook === 'function' ? undefined : new Gate(webhook, options, handler)
  const route: RouteHandler = async (request, context) => {
    gate ??= new Gate((webhook as () => AnyWebhook)(), options, handler)
    try {
      gate.checkMethod(request.method)
      const passage = await gate.admit(await read(request, gate, CONSUMED), request.headers)
      return await passage.run(
        async () => (await handler(passage.event, request, context)) ?? respond(DONE),
        (response) => response.status,
      )
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      await drained(request)
      return respond(error.answer)
    }
  }
  return { GET: route, HEAD: route, POST: route, PUT: route, PATCH: route, DELETE: route, OPTIONS: route }
}
