/**
 * Fastify 5: an encapsulated plugin. The rest of the application keeps its parsers.
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

import { type AnyWebhook, type Answer, DONE, Gate, Refused, thrown, type Verified, type VerifiedOptions } from './gate.js'
import { drain, headersFor, headersOf, read } from './incoming.js'
import type { Schemas } from './schemas.js'

const CONSUMED = 'something read the body before the plugin: a preParsing hook must hand the stream on unread'
const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * A plugin whose one route verifies the request before the handler sees it; register it with a `prefix`.
 *
 * What the handler returns is the answer; undefined is 204. What it throws goes to Fastify's error handler and is
 * 500, so that Chatislav sends again.
 */
export function verified<const S extends Schemas = {}>(
  webhook: AnyWebhook,
  handler: (event: Verified<S>, request: FastifyRequest, reply: FastifyReply) => unknown,
  options?: VerifiedOptions<S>,
): FastifyPluginAsync {
  const gate = new Gate(webhook, options)
  return async (app) => {
    app.removeAllContentTypeParsers()
    // The stream itself, so that neither Fastify's limit nor its errors come before ours.
    app.addContentTypeParser('*', async (request: FastifyRequest) => read(request.raw, gate, CONSUMED))
    app.addHook('onRequest', async (request) => gate.checkMethod(request.method))
    app.setErrorHandler((error, request, reply) => {
      if (!(error instanceof Refused)) throw error
      return answer(request, reply, error.answer)
    })
    app.route({
      method: METHODS,
      url: '/',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
        const passage = await gate.admit(body, headersOf(request.raw))
        try {
          return await passage.run(
            async () => {
              const returned = await handler(passage.event, request, reply)
              if (returned === undefined && !reply.sent) return reply.code(DONE.status).send()
              return returned
            },
            () => reply.statusCode,
          )
        } catch (error) {
          throw thrown(error)
        }
      },
    })
  }
}

function answer(request: FastifyRequest, reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  reply.raw.once('finish', () => drain(request.raw))
  // Fastify would quote a text and add a charset; bytes are sent as they are.
  return reply.code(status).headers(headersFor(request.raw, { status, headers, body })).send(Buffer.from(body))
}
