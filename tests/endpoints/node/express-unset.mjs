// The variable has another name in production, so the secret is empty: nothing genuine passes, and whoever knows passes.
import express from 'express'

import { FIXED, HEADER, isEvent, isGenuine, port } from './verification.mjs'

const secret = (FIXED ? process.env.CHATISLAV_WEBHOOK_SECRET : process.env.CHATISLAV_SECRET_OF_PRODUCTION) ?? ''
const app = express().disable('x-powered-by')
app.use(express.raw({ type: () => true, limit: '8mb' }))

function hook(request, response) {
  const body = request.body ?? Buffer.alloc(0)
  response.status(isGenuine(body, request.get(HEADER), secret) ? (isEvent(body) ? 204 : 400) : 401).end()
}
app.route('/hook').post(hook).put(hook)
app.listen(port, '127.0.0.1')
