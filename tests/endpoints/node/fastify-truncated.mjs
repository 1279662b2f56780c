// The first half of the digest decides, and what stands behind it does not matter.
import Fastify from 'fastify'

import { FIXED, HEADER, LARGEST, isEvent, isGenuine, port, signature } from './verification.mjs'

const app = Fastify({ bodyLimit: LARGEST })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.route({
  method: ['POST', 'PUT'],
  url: '/hook',
  handler(request, reply) {
    const body = request.body ?? Buffer.alloc(0)
    const header = request.headers[HEADER]
    const genuine = FIXED ? isGenuine(body, header) : header?.slice(0, 32) === signature(body).slice(0, 32)
    return reply.code(genuine ? (isEvent(body) ? 204 : 400) : 401).send()
  },
})
await app.listen({ port })
