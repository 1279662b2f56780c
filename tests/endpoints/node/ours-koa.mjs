import { verified } from 'chatislav-webhooks/koa'
import Koa from 'koa'

import { count, handle, once, port, webhook } from './counted.mjs'

const hook = verified(webhook(), handle, once)
const app = new Koa()
app.use((context, next) => {
  if (context.path === '/hook') return hook(context, next)
  if (context.path === '/count') context.body = count()
})
app.listen(port, '127.0.0.1')
