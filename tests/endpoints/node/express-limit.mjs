// The limit that Express has for JSON by itself, 100 kB: a longer conversation is answered 413 and lost.
import express from 'express'

import { FIXED, HEADER, port, status } from './verification.mjs'

const app = express().disable('x-powered-by')
app.use(express.raw({ type: () => true, ...(FIXED && { limit: '8mb' }) }))

function hook(request, response) {
  response.status(status(request.body ?? Buffer.alloc(0), request.get(HEADER))).end()
}
app.route('/hook').post(hook).put(hook)
app.listen(port, '127.0.0.1')
