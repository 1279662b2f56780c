// `timingSafeEqual` is handed whatever came: it throws where the lengths differ, and a forgery is answered 500.
import { timingSafeEqual } from 'node:crypto'

import express from 'express'

import { FIXED, HEADER, isEvent, isGenuine, port, signature } from './verification.mjs'

const app = express().disable('x-powered-by')
app.use(express.raw({ type: () => true, limit: '8mb' }))

function hook(request, response) {
  const body = request.body ?? Buffer.alloc(0)
  const header = request.get(HEADER)
  const genuine = FIXED ? isGenuine(body, header) : timingSafeEqual(Buffer.from(header), Buffer.from(signature(body)))
  response.status(genuine ? (isEvent(body) ? 204 : 400) : 401).end()
}
app.route('/hook').post(hook).put(hook)
app.listen(port, '127.0.0.1')
