import { serve } from '@hono/node-server'
import { verified } from 'chatislav-webhooks/hono'
import { Hono } from 'hono'

import { count, handle, once, port, webhook } from './counted.mjs'

const app = new Hono()
app.all('/hook', verified(webhook(), handle, once))
app.get('/count', (context) => context.text(count()))
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
