// Express 5, or 4 where EXPRESS names it.
import { verified } from 'chatislav-webhooks/express'

import { handle, later, loud, once, port, typed, webhook } from './behaviour.mjs'

const { default: express } = await import(process.env.EXPRESS ?? 'express')

async function answer(event, _request, response) {
  const status = await handle(event)
  if (status !== undefined) response.status(status).end()
}

const hook = verified(webhook, answer)
const app = express().disable('x-powered-by')
app.all('/hook', hook)
app.all('/once', verified(webhook, answer, once))
app.all('/typed', verified(webhook, (event, _request, response) => response.send(event.summary.title), typed))
app.all('/loud', verified(webhook, answer, loud))
app.all('/later', verified(webhook, answer, later))
app.all('/coded', verified(webhook, (_event, _request, response) => response.status(503)))
app.all('/own', verified(webhook, (event, _request, response) => response.status(202).send(event.event)))
app.all('/strayed', verified(webhook, (_event, _request, response) => {
  response.status(404)
  throw new Error('after the status')
}))
app.all('/decoded', (request, _response, next) => next(void request.setEncoding('utf8')), hook)
app.all('/kept', express.json({ verify: (request, _response, bytes) => { request.rawBody = bytes } }), hook)
app.all('/raw', express.raw({ type: () => true, limit: '8mb' }), hook)
app.all('/text', express.text({ type: () => true, limit: '8mb' }), hook)
app.use(express.json())
app.all('/consumed', hook)
app.post('/other', (request, response) => response.json(request.body))
app.listen(port, '127.0.0.1')
