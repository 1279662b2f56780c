/** Requests and responses of the Fetch API, as edge runtimes, Next.js and Hono have them. */

import { type Answer, type Gate, Refused } from './gate.js'
import type { Schemas } from './schemas.js'

/**
 * The raw bytes, read here and never more than the limit.
 *
 * @param consumed what to say if something has read the body before.
 */
export async function read<S extends Schemas>(request: Request, gate: Gate<S>, consumed: string): Promise<Uint8Array> {
  gate.checkLength(request.headers.get('content-length'))
  if (request.bodyUsed || request.body?.locked) throw gate.notRaw(consumed)
  if (request.body === null) return new Uint8Array()
  const pieces: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      // The client is gone, and nobody reads this answer.
      throw new Refused({ status: 400, headers: {}, body: '' })
    })
    if (done) break
    size += value.byteLength
    if (size > gate.maxBody) {
      await reader.cancel().catch(() => undefined)
      throw gate.tooLarge()
    }
    pieces.push(value)
  }
  const [only] = pieces
  if (pieces.length === 1 && only !== undefined) return only
  const body = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    body.set(piece, at)
    at += piece.byteLength
  }
  return body
}

/** An answer of the library's own. */
export function respond({ status, headers, body }: Answer): Response {
  return new Response(body === '' ? null : body, { status, headers })
}
