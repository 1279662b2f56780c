/** What an event asks of its maker: it asks at once, and WebCrypto answers later, so the answer is made before. */

import type { Reader } from '../event.js'
import { encoded } from './hexadecimal.js'
import { instant } from './timestamp.js'

/** A reader that knows the delivery key of these bytes. */
export async function readerOf(raw: Uint8Array): Promise<Reader> {
  const key = encoded(new Uint8Array(await crypto.subtle.digest('SHA-256', raw as BufferSource)))
  return { deliveryKey: () => key, instant }
}
