/**
 * Fastify 5: an encapsulated plugin. The rest of the application keeps its parsers.
 *
 * A Content-Type that is none Fastify answers itself, with 415, before any plugin; Chatislav sends `application/json`.
 *
 * @example
 * import Fastify from 'fastify'
 * import { Webhook } from 'chatislav-webhooks'
 * import { verified } from 'chatislav-webhooks/fastify'
 *
 * const app = Fastify()
 * const webhook = verified(Webhook.fromEnv(), (event) => {
 *   if (event.event === 'lead_collection') console.log('a lead:', Object.keys(event.form))
 * })
 * await app.register(webhook, { prefix: '/webhooks/chatislav' })
 * await app.listen({ port: 8000 })
 *
 * @packageDocumentation
 */

import type { FastifyPluginAsync, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { IncomingMessage } from 'node:http'

import { type AnyWebhook, type Answer, deliberateStatus, Gate, Refused, thrown, type Verified, type VerifiedOptions } from './gate.js'
import { done, drained, headersFor, headersOf, type Incoming, read } from './incoming.js'
import type { Schemas } from './schemas.js'

export type { VerifiedOptions } from './gate.js'

const CONSUMED =
  'something read the body before the plugin: let the preParsing hook pass over this route, or keep the bytes in `request.raw.rawBody`'
const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * A plugin whose one route verifies the request before the handler sees it; register it with a `prefix`.
 *
 * What the handler returns is the answer; undefined is 204, or the status that it has set. What it throws goes to
 * Fastify's error handler and is 500, so that Chatislav sends again.
 */
export function verified<const S extends Schemas = {}>(
  webhook: AnyWebhook,
  handler: (event: Verified<S>, request: FastifyRequest, reply: FastifyReply) => unknown,
  options?: VerifiedOptions<S>,
): FastifyPluginAsync {
  const gate = new Gate(webhook, options, handler)
  return async (app) => {
    app.removeAllContentTypeParsers()
    // The stream itself, so that neither Fastify's limit nor its errors come before ours.
    app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
      const { raw }: { raw: Incoming } = request
      // A hook has put another stream in the place of the request, and is reading the bytes itself.
      if (payload !== raw && !ArrayBuffer.isView(raw.rawBody)) throw gate.notRaw(CONSUMED)
      return read(raw, gate, CONSUMED)
    })
    app.addHook('onRequest', async (request) => gate.checkMethod(request.method))
    app.setErrorHandler(async (error, request, reply) => {
      // Also of `reply.send(error)`.
      if (!(error instanceof Refused)) throw thrown(error)
      await drained(request.raw)
      return answer(request, reply, error.answer)
    })
    app.route({
      method: METHODS,
      url: '/',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
        try {
          const passage = await gate.admit(body, headersOf(request.raw))
          const returned = await passage.run(
            async () => {
              const returned = await handler(passage.event, request, reply)
              // To return an error is to throw it.
              if (returned instanceof Error) throw returned
              return returned
            },
            () => reply.statusCode,
          )
          return returned === undefined && !reply.sent ? reply.code(done(reply).status).send() : returned
        } catch (error) {
          if (error instanceof Refused) throw error
          // Fastify would keep a 4xx that the handler had set.
          if (deliberateStatus(error) === undefined && !reply.sent) reply.code(500)
          throw error
        }
      },
    })
  }
}

function answer(request: FastifyRequest, reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  // Fastify would quote a text and add a charset; bytes are sent as they are.
  return reply.code(status).headers(headersFor(request.raw, { status, headers, body })).send(body === '' ? undefined : Buffer.from(body))
}
