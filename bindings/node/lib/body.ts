/** The raw bytes of a request body, out of whatever JavaScript holds them in. */

import { WebhookError } from './errors.js'

/** What a body may be. */
export type Body = Uint8Array | ArrayBuffer | SharedArrayBuffer | DataView

/** The largest body accepted unless said otherwise: 8 MiB. */
export const DEFAULT_MAX_BODY = 8 * 1024 * 1024

const WHERE =
  'hand in the bytes as they arrived: route-level `express.raw({ type: () => true, limit: "8mb" })` in Express, ' +
  '`addContentTypeParser("*", { parseAs: "buffer" }, ...)` in Fastify, `await c.req.arrayBuffer()` in Hono, ' +
  '`await request.arrayBuffer()` in Next.js, `request.rawBody` with `NestFactory.create(App, { rawBody: true })` in NestJS, ' +
  '`Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8")` in AWS Lambda; or use the adapter of your framework'

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object
// Getters, since `instanceof` fails across realms, as under jest, and an object may only look like one.
const kindOf = getter<string | undefined>(TYPED_ARRAY, Symbol.toStringTag)
const bufferOf = getter<ArrayBufferLike>(TYPED_ARRAY, 'buffer')
/** The number of bytes of a view. */
export const lengthOf = getter<number>(TYPED_ARRAY, 'byteLength')

/**
 * The body as bytes that no other thread can change: the very memory, or a copy if it is shared.
 *
 * @throws {WebhookError} `body_not_raw` for anything but bytes, `body_too_large` before anything is copied.
 */
export function bytes(body: unknown, maxBody: number): Uint8Array {
  const view = isBytes(body) ? body : viewOf(body)
  return isArrayBuffer(bufferOf(view)) ? view : copied(view, maxBody)
}

/** Whether this is a `Uint8Array`, a `Buffer` among them, of any realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return kindOf(value) === 'Uint8Array'
}

function viewOf(body: unknown): Uint8Array {
  try {
    if (isArrayBuffer(body) || isShared(body)) return new Uint8Array(body as ArrayBuffer)
    if (isDataView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  } catch {
    throw notRaw('a buffer was handed in that cannot be read any more')
  }
  throw notRaw(whatIs(body))
}

/**
 * A copy that nobody else holds. `Uint8Array.from` would let the length of shared memory grow meanwhile.
 *
 * @throws {WebhookError} `body_too_large` before anything is copied.
 */
export function copied(view: Uint8Array, maxBody: number): Uint8Array {
  const length = lengthOf(view)
  if (length > maxBody) throw new WebhookError('body_too_large')
  const copy = new Uint8Array(length)
  // A view of a buffer that was transferred away has no bytes, and not even a part without any.
  if (length > 0) copy.set(view.subarray(0, length))
  return copy
}

function notRaw(what: string): WebhookError {
  return new WebhookError('body_not_raw', { hint: `${what}; ${WHERE}` })
}

function whatIs(body: unknown): string {
  if (body === undefined || body === null) return 'nothing was handed in'
  if (typeof body === 'string') return 'text was handed in, and bytes that were decoded once may not come back the same'
  if (typeof body === 'function') return 'a function was handed in: call it'
  if (typeof body !== 'object') return 'something that is not bytes was handed in'
  try {
    if (ArrayBuffer.isView(body)) return 'an array of other numbers than bytes was handed in'
    if (typeof (body as { then?: unknown }).then === 'function') return 'a promise was handed in: write `await` before it'
    if ('headers' in body && 'method' in body) return 'a request was handed in: read its body'
    if ('getReader' in body || 'pipe' in body || Symbol.asyncIterator in body) return 'a stream was handed in: read it'
    if ('arrayBuffer' in body) return 'a Blob was handed in: write `await blob.arrayBuffer()`'
  } catch {
    return 'something that is not bytes was handed in'
  }
  return 'a parsed object was handed in, and JSON written anew is not what was signed'
}

function getter<T>(holder: object, name: PropertyKey): (value: unknown) => T {
  const get = Object.getOwnPropertyDescriptor(holder, name)?.get as (this: unknown) => T
  return Function.prototype.call.bind(get) as (value: unknown) => T
}

const arrayBufferLength = getter<number>(ArrayBuffer.prototype, 'byteLength')
const dataViewLength = getter<number>(DataView.prototype, 'byteLength')
// Browsers have shared memory only where a page is isolated.
const sharedLength =
  typeof SharedArrayBuffer === 'undefined' ? undefined : getter<number>(SharedArrayBuffer.prototype, 'byteLength')

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return has(arrayBufferLength, value)
}

function isShared(value: unknown): value is SharedArrayBuffer {
  return sharedLength !== undefined && has(sharedLength, value)
}

function isDataView(value: unknown): value is DataView {
  return ArrayBuffer.isView(value) && (kindOf(value) === undefined) && has(dataViewLength, value)
}

/** Whether a built-in getter takes the value for one of its own. */
function has(length: (value: unknown) => number, value: unknown): boolean {
  try {
    length(value)
    return true
  } catch {
    return false
  }
}
