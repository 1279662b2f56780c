// Verifies Chatislav webhooks with nothing but Node 18 or later: `node verify.mjs`.
// The package chatislav-webhooks does the same for your framework, and gives typed events.
// The raw body in Express: express.raw({ type: '*/*', limit: '8mb' }), and never express.json(), which
// hands you an object: JSON.stringify does not bring back the bytes that were signed.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const MAX_BODY = 8 * 1024 * 1024

// The old one only during a rotation. A blank one is refused: everybody could sign with it.
const { CHATISLAV_WEBHOOK_SECRET: secret = '', CHATISLAV_WEBHOOK_SECRET_OLD: old } = process.env
const secrets = old === undefined ? [secret] : [secret, old]
if (!secrets.every((text) => text.trim())) throw new Error('CHATISLAV_WEBHOOK_SECRET is missing or blank')

/** Whether one of the secrets signed exactly these bytes. */
export function verify(body, signature, secrets) {
  // Buffer.from stops without a word at what is no digit, and timingSafeEqual throws on another length.
  if (!/^[0-9a-f]{64}$/i.test(signature)) return false
  const given = Buffer.from(signature, 'hex')
  return secrets.some((secret) => timingSafeEqual(given, createHmac('sha256', secret).update(body).digest()))
}

/** The body as it came, or null over the limit: the rest is read and dropped, so that the answer is seen. */
async function readBody(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= MAX_BODY) chunks.push(chunk)
    else chunks.length = 0
  }
  return size <= MAX_BODY ? Buffer.concat(chunks) : null
}

async function endpoint(request, response) {
  const answer = (status, headers) => response.writeHead(status, headers).end()
  if (request.method !== 'POST' && request.method !== 'PUT') return answer(405, { allow: 'POST, PUT' })
  const body = await readBody(request)
  if (body === null) return answer(413)
  // Node joins a repeated header by commas, and so it is no signature.
  if (!verify(body, request.headers['x-chatislav-signature'] ?? '', secrets)) return answer(401)
  answer(204)
  accept(body)
}

/**
 * Keep these bytes, in a queue or a table, and parse them there.
 * Chatislav retries with the same bytes, so their SHA-256 tells a duplicate.
 */
function accept(body) {
  console.log(`a genuine event of ${body.length} bytes`)
}

createServer((request, response) => {
  // A sender that hangs up in the middle of its body must not end the process.
  endpoint(request, response).catch(() => response.destroy())
}).listen(Number(process.env.PORT ?? 8080), '127.0.0.1')
