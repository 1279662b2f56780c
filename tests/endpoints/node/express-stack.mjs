// A refusal is thrown, and Express in development puts the stack into its answer.
import express from 'express'

import { FIXED, HEADER, port, status } from './verification.mjs'

const app = express().disable('x-powered-by').set('env', FIXED ? 'production' : 'development')
app.use(express.raw({ type: () => true, limit: '8mb' }))

function hook(request, response) {
  const answer = status(request.body ?? Buffer.alloc(0), request.get(HEADER))
  if (answer !== 204) throw Object.assign(new Error('refused'), { status: answer })
  response.status(answer).end()
}
app.route('/hook').post(hook).put(hook)
app.listen(port, '127.0.0.1')
