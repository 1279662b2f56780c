// The limit that Fastify has by itself, 1 MiB.
import Fastify from 'fastify'

import { FIXED, HEADER, LARGEST, port, status } from './verification.mjs'

const app = Fastify({ ...(FIXED && { bodyLimit: LARGEST }) })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.route({
  method: ['POST', 'PUT'],
  url: '/hook',
  handler: (request, reply) => reply.code(status(request.body ?? Buffer.alloc(0), request.headers[HEADER])).send(),
})
await app.listen({ port })
