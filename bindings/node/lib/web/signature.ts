/** The signature: 64 hexadecimal digits of HMAC-SHA256 over the raw body. */

import { WebhookError } from '../errors.js'
import { trimmed } from './blanks.js'
import { decoded } from './hexadecimal.js'

const DIGITS = 64

/**
 * The signature that all the values of the header agree on. Frameworks join repeated headers with commas, so each
 * value is split at commas.
 *
 * @throws {WebhookError} `signature_missing`, `signature_ambiguous` or `signature_malformed`.
 */
export function signatureOf(values: string | readonly string[]): Uint8Array {
  const list = typeof values === 'string' ? [values] : values
  const parts = list
    .flatMap((value) => value.split(','))
    .map(trimmed)
    .filter((part) => part !== '')
  const [first] = parts
  if (first === undefined) throw new WebhookError('signature_missing')
  if (parts.some((part) => part !== first)) throw new WebhookError('signature_ambiguous')
  const signature = decoded(first, DIGITS)
  if (signature === undefined) throw new WebhookError('signature_malformed', { hint: malformation(first) })
  return signature
}

/** The likely cause why a value is not 64 hexadecimal digits. */
function malformation(value: string): string {
  if (/^sha256[=:]/i.test(value)) return 'drop the `sha256=` in front: Chatislav sends the hexadecimal digits alone'
  if (/^(v1=|v0=|t=|sha1=)/i.test(value)) {
    return "this is another vendor's scheme: Chatislav sends 64 hexadecimal digits alone"
  }
  if (/^0x/i.test(value)) return 'drop the `0x` in front: Chatislav sends the hexadecimal digits alone'
  if (/^["'`]|["'`]$/.test(value)) return 'drop the quotes around the digits'
  if (/^[0-9a-f]*$/i.test(value)) return miscount(value.length)
  if (/^[0-9a-z+/\-_=]{43,44}$/i.test(value)) {
    return 'this looks like base64: Chatislav encodes the digest as 64 hexadecimal digits'
  }
  if (/[ \t]/.test(value)) return 'there is a blank inside the digits'
  if (/[^\0-\x7F]/.test(value)) return 'there are characters outside ASCII in the header'
  return 'there are characters other than hexadecimal digits in the header'
}

function miscount(digits: number): string {
  if (digits === 32) return '32 digits are an MD5 or half a SHA-256: Chatislav sends 64'
  if (digits === 40) return '40 digits are a SHA-1: Chatislav signs with SHA-256, 64 digits'
  if (digits === 128) return '128 digits are a SHA-512: Chatislav signs with SHA-256, 64 digits'
  return digits < DIGITS ? 'the digits were cut short: a SHA-256 has 64' : 'there are more than 64 digits'
}
