// The request is parsed, and what JSON.stringify makes of the result is what is verified.
import { FIXED, HEADER, status } from '../../../verification.mjs'

async function hook(request) {
  const body = FIXED ? new Uint8Array(await request.arrayBuffer()) : JSON.stringify(await request.json().catch(() => null))
  return new Response(null, { status: status(Buffer.from(body), request.headers.get(HEADER)) })
}

export { hook as POST, hook as PUT }
