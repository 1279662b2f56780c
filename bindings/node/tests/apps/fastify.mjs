import { PassThrough } from 'node:stream'

import { verified } from 'chatislav-webhooks/fastify'
import Fastify from 'fastify'

import { handle, later, loud, once, port, typed, webhook } from './behaviour.mjs'

async function answer(event, _request, reply) {
  const status = await handle(event)
  if (status !== undefined) return reply.code(status).send()
}

const app = Fastify({ logger: { level: 'warn', stream: process.stderr } })
app.register(verified(webhook, answer), { prefix: '/hook' })
app.register(verified(webhook, answer, once), { prefix: '/once' })
app.register(verified(webhook, (event) => event.summary.title, typed), { prefix: '/typed' })
app.register(verified(webhook, answer, loud), { prefix: '/loud' })
app.register(verified(webhook, answer, later), { prefix: '/later' })
app.register(verified(webhook, (_event, _request, reply) => void reply.code(503)), { prefix: '/coded' })
app.register(verified(webhook, (event, _request, reply) => void reply.code(202).send(event.event)), { prefix: '/own' })
app.register(verified(webhook, (event) => ({ got: event.event })), { prefix: '/returned' })
app.register(verified(webhook, (_event, _request, reply) => {
  reply.hijack()
  reply.raw.writeHead(203).end()
}), { prefix: '/hijacked' })
app.register(verified(webhook, (_event, _request, reply) => {
  reply.code(404)
  throw new Error('after the status')
}), { prefix: '/strayed' })
const foreign = () => Object.assign(new Error('Not Found'), { statusCode: 404 })
app.register(verified(webhook, foreign, once), { prefix: '/returned-error' })
app.register(verified(webhook, (_event, _request, reply) => void reply.send(foreign()), once), { prefix: '/sent-error' })
app.register(async (scope) => {
  scope.addHook('preParsing', async (_request, _reply, payload) => {
    for await (const _ of payload);
  })
  scope.register(verified(webhook, answer), { prefix: '/consumed' })
})
app.register(async (scope) => {
  scope.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(new PassThrough({ highWaterMark: 1024 })))
  scope.register(verified(webhook, answer), { prefix: '/piped' })
})
app.register(async (scope) => {
  scope.addHook('preParsing', async (request, _reply, payload) => {
    const pieces = []
    for await (const piece of payload) pieces.push(piece)
    request.raw.rawBody = Buffer.concat(pieces)
  })
  scope.register(verified(webhook, answer), { prefix: '/kept' })
})
app.register(async (scope) => {
  scope.addHook('preParsing', async (request) => void request.raw.setEncoding('utf8'))
  scope.register(verified(webhook, answer), { prefix: '/decoded' })
})
app.post('/other', (request) => request.body)
await app.listen({ port })
