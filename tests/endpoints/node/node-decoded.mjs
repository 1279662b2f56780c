// Each piece of the body becomes text by itself: a letter whose bytes come in two pieces is lost.
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'

import { FIXED, HEADER, port, status } from './verification.mjs'

async function text(request) {
  let body = ''
  for await (const piece of request) body += piece
  return Buffer.from(body)
}

createServer(async (request, response) => {
  if (request.method !== 'POST' && request.method !== 'PUT') return response.writeHead(405).end()
  const body = FIXED ? await buffer(request) : await text(request)
  response.writeHead(status(body, request.headers[HEADER])).end()
}).listen(port, '127.0.0.1')
