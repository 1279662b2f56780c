// The web entry inside an edge runtime: a request brings the vectors, the answer is what came of them.
import * as entry from 'chatislav-webhooks/web'

import { outcomes, SECRET } from './outcomes.mjs'

// As customers write it. At module scope a Worker may neither sign nor wait, and one object serves every request.
const webhook = new entry.Webhook([SECRET, 'whsec old'])

async function answer(request) {
  if (new URL(request.url).pathname === '/vectors') return Response.json(await outcomes(entry, await request.json()))
  try {
    const event = await webhook.verify(await request.arrayBuffer(), request.headers)
    return Response.json({ event: event.event, secretIndex: event.secretIndex, form: event.form })
  } catch (error) {
    if (!(error instanceof entry.WebhookError)) throw error
    return Response.json({ error: error.code }, { status: error.httpStatus })
  }
}

export default { fetch: answer }
// `edge-runtime` has the older form.
globalThis.addEventListener?.('fetch', (event) => event.respondWith?.(answer(event.request)))
