/** Requests and responses of the Fetch API, as edge runtimes, Next.js and Hono have them. */

import { type Answer, type Gate, GONE, Refused } from './gate.js'
import type { Schemas } from './schemas.js'

/** For how long the rest of a refused body is read. */
const DRAIN_MS = 2_000

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
      throw new Refused(GONE)
    })
    if (done) break
    size += value.byteLength
    if (size > gate.maxBody) {
      reader.releaseLock()
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

/**
 * Before a refusal: reads on for a moment, or a client that writes first and reads later would see a reset instead of
 * the answer.
 */
export async function drained(request: Request): Promise<void> {
  if (request.body === null || request.body.locked) return
  const reader = request.body.getReader()
  // Not cancelled: servers on Node make a reset of that.
  const timer = setTimeout(() => reader.releaseLock(), DRAIN_MS)
  try {
    while (!(await reader.read()).done);
  } catch {
    // The client is gone, or the moment is over.
  } finally {
    clearTimeout(timer)
  }
}

/** An answer of the library's own. */
export function respond({ status, headers, body }: Answer): Response {
  return new Response(body === '' ? null : body, { status, headers })
}
