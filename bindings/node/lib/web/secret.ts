/** A shared secret as a key of WebCrypto that nobody can export. */

import { WebhookError } from '../errors.js'

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/** A secret that is not blank. */
export class Secret {
  #bytes: Uint8Array | undefined
  #key: CryptoKey | undefined

  /** @throws {WebhookError} `secret_blank`: everybody could sign with it. */
  constructor(secret: string | Uint8Array) {
    const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
    if (isBlank(bytes)) throw new WebhookError('secret_blank')
    const suspicion = suspicionOf(bytes)
    if (suspicion !== undefined) console.warn(`webhook secret: ${suspicion}; it is used as it is`)
    this.#bytes = bytes
  }

  /** HMAC-SHA256 over exactly these bytes. */
  async sign(body: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.sign('HMAC', await this.#imported(), body as BufferSource))
  }

  /** Whether this secret made the signature for these bytes, in constant time. */
  async made(signature: Uint8Array, body: Uint8Array): Promise<boolean> {
    return crypto.subtle.verify('HMAC', await this.#imported(), signature as BufferSource, body as BufferSource)
  }

  /**
   * Workers allow no work at module scope, so the first call imports the key. What is kept is the key and not the
   * promise: a promise belongs to its request there, and another request that awaits it hangs.
   */
  async #imported(): Promise<CryptoKey> {
    if (this.#key !== undefined) return this.#key
    const key = await crypto.subtle.importKey('raw', this.#bytes as BufferSource, HMAC, false, ['sign', 'verify'])
    this.#key = key
    this.#bytes = undefined
    return key
  }
}

/**
 * White space, zero-width characters and NULs are nothing to sign with: HMAC pads a key with NULs (RFC 2104
 * section 2). A vertical tab is no blank here, as in core, where the first key of RFC 4231 is twenty of them.
 */
function isBlank(secret: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(secret)
    return /^(?:(?!\v)[\p{White_Space}\0\u200B-\u200F\u2060\uFEFF])*$/u.test(text)
  } catch {
    // Bytes that are no text are no blanks.
    return false
  }
}

/** Something about the secret that often is a mistake of copying. */
function suspicionOf(secret: Uint8Array): string | undefined {
  // One character for each byte, so that bytes which are no text can be looked at too.
  const text = Array.from(secret, (byte) => String.fromCharCode(byte)).join('')
  if (/^[ \t\n\f\r]|[ \t\n\f\r]$/.test(text)) return 'it begins or ends with white space or a line end'
  if (text.startsWith('\xEF\xBB\xBF')) return 'it begins with a byte order mark'
  if (/^(["'`])[^]*\1$/.test(text)) return 'it stands in quotes'
  if (text.startsWith('CHATISLAV_WEBHOOK_SECRET=')) return 'it begins with the name of the variable'
  return undefined
}
