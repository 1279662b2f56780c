// A header that has the digest somewhere in it passes.
import { buffer } from 'node:stream/consumers'

import Koa from 'koa'

import { FIXED, HEADER, isEvent, isGenuine, port, signature } from './verification.mjs'

const app = new Koa()
app.use(async (context) => {
  if (context.path !== '/hook') return
  if (context.method !== 'POST' && context.method !== 'PUT') return void (context.status = 405)
  const body = await buffer(context.req)
  const header = context.get(HEADER)
  const genuine = FIXED ? isGenuine(body, header) : header.includes(signature(body))
  context.status = genuine ? (isEvent(body) ? 204 : 400) : 401
})
app.listen(port, '127.0.0.1')
