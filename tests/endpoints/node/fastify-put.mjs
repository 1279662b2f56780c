// The check hangs on POST alone: what comes by PUT is believed.
import Fastify from 'fastify'

import { FIXED, HEADER, LARGEST, isEvent, isGenuine, port } from './verification.mjs'

const app = Fastify({ bodyLimit: LARGEST })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.addHook('preHandler', async (request, reply) => {
  if (request.method !== 'POST' && !FIXED) return
  if (!isGenuine(request.body ?? Buffer.alloc(0), request.headers[HEADER])) return reply.code(401).send()
})
app.route({
  method: ['POST', 'PUT'],
  url: '/hook',
  handler: (request, reply) => reply.code(isEvent(request.body) ? 204 : 400).send(),
})
await app.listen({ port })
