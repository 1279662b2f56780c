import { createServer } from 'node:http'

import { verified } from 'chatislav-webhooks/node'

import { handle, later, loud, once, port, typed, webhook } from './behaviour.mjs'

async function answer(event, _request, response) {
  const status = await handle(event)
  if (status !== undefined) response.writeHead(status).end()
}

const hook = verified(webhook, answer)
const routes = {
  '/hook': hook,
  '/once': verified(webhook, answer, once),
  '/typed': verified(webhook, (event, _request, response) => void response.end(event.summary.title), typed),
  '/loud': verified(webhook, answer, loud),
  '/later': verified(webhook, answer, later),
  '/coded': verified(webhook, (_event, _request, response) => void (response.statusCode = 503)),
  '/own': verified(webhook, (event, _request, response) => void response.writeHead(202).end(event.event)),
  '/half': verified(webhook, (_event, _request, response) => {
    response.writeHead(200, { 'content-length': '9' }).write('half')
    throw new Error('in the middle')
  }),
  async '/consumed'(request, response) {
    for await (const _ of request);
    return hook(request, response)
  },
  '/decoded': (request, response) => hook(request.setEncoding('utf8'), response),
  async '/kept'(request, response) {
    const pieces = []
    for await (const piece of request) pieces.push(piece)
    request.rawBody = Buffer.concat(pieces)
    return hook(request, response)
  },
}

createServer((request, response) => {
  const route = routes[request.url]
  if (route === undefined) response.writeHead(404).end()
  else void route(request, response)
}).listen(port, '127.0.0.1')
