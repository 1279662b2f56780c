/** Requests and responses of `node:http`, with what frameworks put on them. */

import type { IncomingMessage, ServerResponse } from 'node:http'

import { type Answer, DONE, type Gate, GONE, Refused, type Verified } from './gate.js'
import type { HeadersLike } from './headers.js'
import type { Schemas } from './schemas.js'

/** A request of Node's, perhaps one that a parser has passed over. */
export type Incoming = IncomingMessage & { readonly body?: unknown; readonly rawBody?: unknown }

/** For how long the rest of a refused body is read. */
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
  // With an encoding the pieces come as text.
  if (request.readableDidRead || request.readableEnded || request.readableEncoding !== null) throw gate.notRaw(consumed)
  if (request.destroyed) throw new Refused(GONE)
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
      reject(new Refused(GONE))
    }
    request.on('data', take).on('end', end).on('error', cut).on('close', cut)
  })
}

/** For a handler that sent nothing: with the status that it has set, if any. */
export function done({ statusCode }: { readonly statusCode: number }): Answer {
  return { ...DONE, status: statusCode === 200 ? DONE.status : statusCode }
}

/**
 * Takes a request through the gate to the handler, and answers where the handler has not.
 *
 * @param failed what to do about an error of the handler's.
 */
export async function serve<S extends Schemas, Request extends IncomingMessage, Response extends ServerResponse>(
  gate: Gate<S>,
  consumed: string,
  request: Request,
  response: Response,
  handler: (event: Verified<S>, request: Request, response: Response) => unknown,
  failed: (error: unknown) => void,
): Promise<void> {
  try {
    gate.checkMethod(request.method)
    const passage = await gate.admit(await read(request, gate, consumed), headersOf(request))
    await passage.run(
      () => handler(passage.event, request, response),
      () => response.statusCode,
    )
    respond(request, response, done(response))
  } catch (error) {
    if (!(error instanceof Refused)) {
      failed(error)
      return
    }
    await drained(request)
    respond(request, response, error.answer)
  }
}

/** Sends an answer of the library's own. */
export function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(answer.status, headersFor(request, answer))
  response.end(request.method === 'HEAD' ? undefined : answer.body)
}

/** The answer's own headers; after a body that was not read to its end, the connection is closed. */
export function headersFor(request: IncomingMessage, answer: Answer): Record<string, string> {
  const rest: Record<string, string> = answer.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(answer.body)) }
  if (!request.complete && request.httpVersionMajor === 1) rest['connection'] = 'close'
  return { ...answer.headers, ...rest }
}

/**
 * Before a refusal: reads on for a moment, or a client that writes first and reads later would see a reset instead of
 * the answer.
 */
export function drained(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer)
      request.off('end', stop).off('error', stop).off('close', stop)
      resolve()
    }
    const timer = setTimeout(stop, DRAIN_MS)
    request.on('end', stop).on('error', stop).on('close', stop).resume()
  })
}
