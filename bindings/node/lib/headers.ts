/** The values of one header, out of whatever shape a framework has its headers in. */

/** What headers may be: names in any case, and a list is a list of values. */
export type HeadersLike =
  | Headers
  | Iterable<readonly [string, string | readonly string[]]>
  | readonly string[]
  | { readonly [name: string]: string | readonly string[] | undefined }

/** The header that carries the signature. */
export const SIGNATURE_HEADER = 'x-chatislav-signature'

/** More than any server lets through; what never ends must end here. */
const MAX_FIELDS = 10_000
/** More than the headers of a request may have altogether, in characters; beyond, nothing is copied. */
const MAX_LENGTH = 1_000_000
/** A value that is neither text nor bytes becomes one that no signature is. */
const NO_TEXT = '\uFFFD'

/**
 * The values of the header with this name in lower case, as they came and untrimmed; a single one as text.
 *
 * What cannot be read as headers has none.
 */
export function valuesOf(headers: unknown, wanted: string): string | string[] {
  try {
    return bounded(search(headers, wanted))
  } catch {
    return []
  }
}

/** Values that are too long are no signature, and are not taken along. */
export function bounded(values: string | string[]): string | string[] {
  const length = typeof values === 'string' ? values.length : values.reduce((sum, value) => sum + value.length, 0)
  return length > MAX_LENGTH ? NO_TEXT : values
}

/** What to do where a signature is missing because something else than headers was handed in. */
export function mistaken(headers: unknown): string | undefined {
  try {
    const holder = headers as { readonly headers?: unknown } | null | undefined
    if (typeof (headers as { readonly then?: unknown } | null | undefined)?.then === 'function') {
      return 'a promise was handed in: write `await` before it'
    }
    if (typeof holder?.headers === 'object') return 'a request was handed in where its headers belong: hand in `request.headers`'
  } catch {
    // Then it is something else again.
  }
  return undefined
}

function search(headers: unknown, wanted: string): string | string[] {
  if (typeof headers !== 'object' || headers === null) return []
  const found: string[] = []
  if (Array.isArray(headers)) {
    if (typeof headers[0] === 'string') flat(headers, wanted, found)
    else pairs(headers, wanted, found)
  } else if (isHeaders(headers)) {
    add(headers.get(wanted), found)
  } else if (typeof (headers as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function') {
    pairs(headers as Iterable<unknown>, wanted, found)
  } else {
    for (const name of Object.keys(headers)) {
      if (isNamed(name, wanted)) add((headers as Record<string, unknown>)[name], found)
    }
  }
  const [only] = found
  return found.length === 1 && only !== undefined ? only : found
}

/** The `Headers` of any realm, polyfills included: they compare names themselves, which no Map does. */
function isHeaders(headers: object): headers is Headers {
  return 'get' in headers && 'append' in headers && typeof headers.get === 'function'
}

/** Node's `rawHeaders`: names and values in turn. */
function flat(list: readonly unknown[], wanted: string, found: string[]): void {
  for (let index = 0; index + 1 < list.length && index < 2 * MAX_FIELDS; index += 2) {
    if (isNamed(list[index], wanted)) add(list[index + 1], found)
  }
}

function pairs(list: Iterable<unknown>, wanted: string, found: string[]): void {
  let count = 0
  for (const pair of list) {
    if ((count += 1) > MAX_FIELDS) break
    if (Array.isArray(pair) && isNamed(pair[0], wanted)) add(pair[1], found)
  }
}

function isNamed(name: unknown, wanted: string): boolean {
  if (typeof name !== 'string') return false
  return name === wanted || (name.length === wanted.length && name.toLowerCase() === wanted)
}

function add(value: unknown, found: string[]): void {
  if (value === undefined || value === null) return
  if (Array.isArray(value)) {
    for (const one of value.slice(0, MAX_FIELDS)) found.push(text(one))
  } else {
    found.push(text(value))
  }
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  if (ArrayBuffer.isView(value)) {
    // Header bytes are ISO 8859-1, as Node reads them.
    const bytes = new Uint8Array(value.buffer, value.byteOffset, Math.min(value.byteLength, MAX_FIELDS))
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  }
  return NO_TEXT
}
