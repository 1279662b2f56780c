/**
 * Express 5 and 4: a handler for a route.
 *
 * @example
 * import express from 'express'
 * import { Webhook } from 'chatislav-webhooks'
 * import { verified } from 'chatislav-webhooks/express'
 *
 * const app = express()
 * app.all('/webhooks/chatislav', verified(Webhook.fromEnv(), (event) => {
 *   if (event.event === 'lead_collection') console.log('a lead:', Object.keys(event.form))
 * }))
 * app.use(express.json()) // behind it: the webhook needs the bytes as they arrived
 * app.listen(8000)
 *
 * @packageDocumentation
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

import { type AnyWebhook, Gate, thrown, type Verified, type VerifiedOptions } from './gate.js'
import { serve } from './incoming.js'
import type { Schemas } from './schemas.js'

export type { VerifiedOptions } from './gate.js'

const CONSUMED =
  'a parser such as express.json() read the body before the route: put `app.all(path, verified(...))` above `app.use(express.json())`, ' +
  'or keep the bytes with `express.json({ limit: "8mb", verify: (request, _response, bytes) => { request.rawBody = bytes } })`'

/**
 * Verifies the request before the handler sees it. Mount it with `app.all`, so that PUT arrives and others are 405.
 *
 * A handler that has sent nothing when it returns is 204, or the status that it has set. What it throws goes to `next`
 * and is 500, so that Chatislav sends again.
 */
export function verified<
  const S extends Schemas = {},
  Request extends IncomingMessage = import('express').Request,
  Response extends ServerResponse = import('express').Response,
>(
  webhook: AnyWebhook,
  handler: (event: Verified<S>, request: Request, response: Response) => unknown,
  options?: VerifiedOptions<S>,
): (request: Request, response: Response, next: (error?: unknown) => void) => Promise<void> {
  const gate = new Gate(webhook, options, handler)
  return (request, response, next) =>
    serve(gate, CONSUMED, request, response, handler, (error) => {
      // Express would keep a 4xx that the handler had set.
      if (!response.headersSent) response.statusCode = 500
      next(thrown(error))
    })
}
