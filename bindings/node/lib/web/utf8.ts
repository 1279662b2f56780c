/** Text out of bytes. */

import { WebhookError } from '../errors.js'

/**
 * The text that these bytes are; a byte order mark is part of it.
 *
 * @throws {WebhookError} `payload_not_json` with the first byte of what is not UTF-8.
 */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    const valid = validUpTo(bytes)
    // Valid and yet no text: longer than the engine's longest.
    if (valid === bytes.length) throw new WebhookError('body_too_large')
    throw new WebhookError('payload_not_json', { path: `byte ${valid}` })
  }
}

/** How many bytes stand before the first that begins no character (Unicode, table 3-7). */
function validUpTo(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at] as number
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (length === 0) return at
    if (length > 1 && !isSecond(lead, bytes[at + 1])) return at
    for (let index = 2; index < length; index += 1) {
      if (!isBetween(bytes[at + index], 0x80, 0xbf)) return at
    }
    at += length
  }
  return at
}

/** The second byte excludes overlong forms, surrogates, and what lies beyond U+10FFFF. */
function isSecond(lead: number, byte: number | undefined): boolean {
  if (lead === 0xe0) return isBetween(byte, 0xa0, 0xbf)
  if (lead === 0xed) return isBetween(byte, 0x80, 0x9f)
  if (lead === 0xf0) return isBetween(byte, 0x90, 0xbf)
  if (lead === 0xf4) return isBetween(byte, 0x80, 0x8f)
  return isBetween(byte, 0x80, 0xbf)
}

function isBetween(byte: number | undefined, low: number, high: number): boolean {
  return byte !== undefined && byte >= low && byte <= high
}
