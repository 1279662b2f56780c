import { serve } from '@hono/node-server'
import { verified } from 'chatislav-webhooks/hono'
import { Hono } from 'hono'

import { handle, later, loud, once, port, typed, webhook } from './behaviour.mjs'

async function answer(event, context) {
  const status = await handle(event)
  if (status !== undefined) return context.body(null, status)
}

const hook = verified(webhook, answer)
const app = new Hono()
app.all('/hook', hook)
app.all('/once', verified(webhook, answer, once))
app.all('/typed', verified(webhook, (event, context) => context.text(event.summary.title), typed))
app.all('/loud', verified(webhook, answer, loud))
app.all('/later', verified(webhook, answer, later))
app.all('/coded', verified(webhook, (_event, context) => context.status(503)))
app.all('/own', verified(webhook, (event, context) => context.text(event.event, 202)))
app.all('/late', verified(() => webhook, answer))
// What the handler reads again is what was verified.
app.all('/again', verified(webhook, async (event, context) => {
  const { event: again } = await context.req.json()
  return context.text(String(again === event.event && (await context.req.arrayBuffer()).byteLength === event.raw.byteLength))
}))
for (const [path, read] of [
  ['/consumed', (request) => request.json()],
  ['/text', (request) => request.text()],
  ['/kept', (request) => request.arrayBuffer()],
  ['/stream', (request) => request.raw.arrayBuffer()],
]) {
  app.all(path, async (context, next) => {
    await read(context.req)
    await next()
  }, hook)
}
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
