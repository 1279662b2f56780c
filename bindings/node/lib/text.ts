/** The text of bytes that the verdict has accepted. */

import { WebhookError } from './errors.js'

/**
 * The bytes as text.
 *
 * @param ascii whether they are ASCII alone, which is the same in Latin-1 and there needs no decoding.
 */
export function textOf(raw: Uint8Array, ascii = false): string {
  const buffer = raw instanceof Buffer ? raw : Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  try {
    return buffer.toString(ascii ? 'latin1' : 'utf8')
  } catch {
    // Longer than a string of V8's can be: half a gigabyte.
    throw new WebhookError('body_too_large')
  }
}
