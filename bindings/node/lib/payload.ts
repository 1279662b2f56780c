/** Values out of bytes that the verdict has accepted. */

import { WebhookError } from './errors.js'
import type { JsonObject } from './event.js'

/**
 * What V8's own parser makes of them.
 *
 * @param ascii whether they are ASCII alone, which is the same in Latin-1 and there needs no decoding.
 */
export function parsed(raw: Uint8Array, ascii = false): JsonObject {
  const buffer = raw instanceof Buffer ? raw : Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  let text
  try {
    text = buffer.toString(ascii ? 'latin1' : 'utf8')
  } catch {
    // Longer than a string of V8's can be: half a gigabyte.
    throw new WebhookError('body_too_large')
  }
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    // Core's verdict excludes it. V8's own words would quote the payload.
    throw new WebhookError('payload_not_json')
  }
}
