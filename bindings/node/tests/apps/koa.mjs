// Koa 3, or 2 where KOA names it.
import { verified } from 'chatislav-webhooks/koa'
import bodyParser from 'koa-bodyparser'

import { handle, later, loud, once, port, typed, webhook } from './behaviour.mjs'

async function answer(event, context) {
  const status = await handle(event)
  if (status !== undefined) context.status = status
}

const { default: Koa } = await import(process.env.KOA ?? 'koa')
const hook = verified(webhook, answer)
const parse = bodyParser()
const routes = {
  '/hook': hook,
  '/once': verified(webhook, answer, once),
  '/typed': verified(webhook, (event, context) => void (context.body = event.summary.title), typed),
  '/loud': verified(webhook, answer, loud),
  '/later': verified(webhook, answer, later),
  '/coded': verified(webhook, (_event, context) => void (context.status = 503)),
  '/own': verified(webhook, (event, context) => {
    context.status = 202
    context.body = event.event
  }),
  '/returned': verified(webhook, (event, context) => void (context.body = { got: event.event })),
  '/strayed': verified(webhook, (_event, context) => {
    context.status = 404
    throw new Error('after the status')
  }),
  '/consumed': (context) => parse(context, () => hook(context)),
  '/decoded': (context) => hook(context, void context.req.setEncoding('utf8')),
  async '/kept'(context) {
    const pieces = []
    for await (const piece of context.req) pieces.push(piece)
    context.req.rawBody = Buffer.concat(pieces)
    return hook(context)
  },
}

const app = new Koa()
app.use((context, next) => routes[context.path]?.(context, next) ?? next())
app.listen(port, '127.0.0.1')
