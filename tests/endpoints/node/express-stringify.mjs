// Express parses, and what JSON.stringify makes of the result is what is verified.
import express from 'express'

import { FIXED, HEADER, port, status } from './verification.mjs'

const app = express().disable('x-powered-by')
app.use(FIXED ? express.raw({ type: () => true, limit: '8mb' }) : express.json({ limit: '8mb' }))

function hook(request, response) {
  const body = FIXED ? request.body ?? '' : JSON.stringify(request.body ?? {})
  response.status(status(Buffer.from(body), request.get(HEADER))).end()
}
app.route('/hook').post(hook).put(hook)
app.listen(port, '127.0.0.1')
