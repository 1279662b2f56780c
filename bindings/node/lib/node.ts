/**
 * Plain `node:http`: a listener.
 *
 * @example
 * import { createServer } from 'node:http'
 * import { Webhook } from 'chatislav-webhooks'
 * import { verified } from 'chatislav-webhooks/node'
 *
 * const listener = verified(Webhook.fromEnv(), (event) => {
 *   if (event.event === 'lead_collection') console.log('a lead:', Object.keys(event.form))
 * })
 * createServer(listener).listen(8000)
 *
 * @packageDocumentation
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

import { type AnyWebhook, FAILED, Gate, type Verified, type VerifiedOptions } from './gate.js'
import { respond, serve } from './incoming.js'
import type { Schemas } from './schemas.js'

export type { VerifiedOptions } from './gate.js'

const CONSUMED = 'something read the request before this listener: call the listener first, or keep the bytes in `request.rawBody`'

/**
 * Verifies the request before the handler sees it.
 *
 * A handler that has sent nothing when it returns is 204, or the status that it has set. What it throws is logged and is
 * 500, so that Chatislav sends again.
 */
export function verified<const S extends Schemas = {}>(
  webhook: AnyWebhook,
  handler: (event: Verified<S>, request: IncomingMessage, response: ServerResponse) => unknown,
  options?: VerifiedOptions<S>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const gate = new Gate(webhook, options, handler)
  return (request, response) =>
    serve(gate, CONSUMED, request, response, handler, (error) => {
      console.error(error)
      respond(request, response, FAILED)
      // A handler that failed in the middle of its answer has none to give.
      if (!response.writableEnded) response.destroy()
    })
}
