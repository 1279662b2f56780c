import { createServer } from 'node:http'

import { verified } from 'chatislav-webhooks/node'

import { count, handle, once, port, webhook } from './counted.mjs'

const hook = verified(webhook(), handle, once)
createServer((request, response) => {
  if (request.url === '/hook') void hook(request, response)
  else if (request.url === '/count') response.end(count())
  else response.writeHead(404).end()
}).listen(port, '127.0.0.1')
