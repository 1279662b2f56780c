import { verified } from 'chatislav-webhooks/fastify'
import Fastify from 'fastify'

import { count, handle, once, port, webhook } from './counted.mjs'

const app = Fastify()
app.register(verified(webhook(), handle, once), { prefix: '/hook' })
app.get('/count', count)
await app.listen({ port })
