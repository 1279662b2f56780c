/** The text of bytes that the verdict has accepted. */

import { lengthOf } from './body.js'
import { WebhookError } from './errors.js'

// Of the prototype, since an object may have a `toString` of its own.
type Slice = (start: number, end: number) => string
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as { readonly latin1Slice: Slice; readonly utf8Slice: Slice }

/**
 * The bytes as text.
 *
 * @param ascii whether they are ASCII alone, which is the same in Latin-1 and there needs no decoding.
 */
export function textOf(raw: Uint8Array, ascii = false): string {
  try {
    return (ascii ? latin1Slice : utf8Slice).call(raw as never, 0, lengthOf(raw))
  } catch {
    // Longer than a string of V8's can be: half a gigabyte.
    throw new WebhookError('body_too_large')
  }
}
