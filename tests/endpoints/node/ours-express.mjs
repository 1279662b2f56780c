import { verified } from 'chatislav-webhooks/express'
import express from 'express'

import { count, handle, once, port, webhook } from './counted.mjs'

const app = express()
app.all('/hook', verified(webhook(), handle, once))
app.get('/count', (_request, response) => response.send(count()))
app.listen(port, '127.0.0.1')
