/** Requests and responses of `node:http`, with what frameworks put on them. */

import type { IncomingMessage, ServerResponse } from 'node:http'

import { type Answer, type Gate, Refused } from './gate.js'
import type { HeadersLike } from './headers.js'
import type { Schemas } from './schemas.js'

/** A request of Node's, perhaps one that a parser has passed over. */
export type Incoming = IncomingMessage & { readonly body?: unknown; readonly rawBody?: unknown }

/** For how long the rest of a refused body is read, so that the client sees the answer and not a reset. */
const DRAIN_MS = 2_000

/**
 * The raw bytes: what a parser kept of them, or what is read here.
 *
 * @param consumed what to say if a parser has read the body and kept no bytes.
 */
export async function read<S extends Schemas>(request: Incoming, gate: Gate<S>, consumed: string): Promise<Uint8Array> {
  gate.checkLength(request.headers['content-length'])
  for (const kept of [request.rawBody, request.body]) {
    if (ArrayBuffer.isView(kept)) return kept as Uint8Array
  }
  if (request.readableDidRead || request.readableEnded || request.destroyed) throw gate.notRaw(consumed)
  return collect(request, gate)
}

/** Every value of every header, repeats apart. */
export function headersOf(request: IncomingMessage): HeadersLike {
  return request.rawHeaders
}

function collect<S extends Schemas>(request: IncomingMessage, gate: Gate<S>): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const stop = (): void => {
      request.off('data', take).off('end', end).off('error', cut).off('close', cut)
    }
    const take = (piece: Buffer): void => {
      size += piece.byteLength
      if (size > gate.maxBody) {
        stop()
        request.pause()
        reject(gate.tooLarge())
      } else {
        pieces.push(piece)
      }
    }
    const end = (): void => {
      stop()
      const [only] = pieces
      resolve(pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, size))
    }
    const cut = (): void => {
      stop()
      // The client is gone, and nobody reads this answer.
      reject(new Refused({ status: 400, headers: {}, body: '' }))
    }
    request.on('data', take).on('end', end).on('error', cut).on('close', cut)
  })
}

/** Sends an answer of the library's own. */
export function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(answer.status, headersFor(request, answer))
  response.end(request.method === 'HEAD' ? undefined : answer.body)
  drain(request)
}

/** The answer's own headers; after a body that is not read to its end, the connection is closed. */
export function headersFor(request: IncomingMessage, answer: Answer): Record<string, string> {
  const rest: Record<string, string> = answer.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(answer.body)) }
  if (!request.complete) rest['connection'] = 'close'
  return { ...answer.headers, ...rest }
}

/** Reads on for a moment, or a client that writes first and reads later would see a reset instead of the answer. */
export function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  const end = setTimeout(() => request.destroy(), DRAIN_MS)
  request.on('error', () => undefined)
  request.on('close', () => clearTimeout(end))
  request.on('end', () => clearTimeout(end))
  request.resume()
}
