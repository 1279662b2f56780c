// What a customer writes by hand and writes right; each endpoint beside it goes wrong in one place.
import { createHmac, timingSafeEqual } from 'node:crypto'

export const port = Number(process.env.PORT)
export const HEADER = 'x-chatislav-signature'
export const LARGEST = 8 * 1024 * 1024
/** With FIXED=1 an endpoint has the line that `chatislav check` tells it to write. */
export const FIXED = process.env.FIXED === '1'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function signature(body, secret = process.env.CHATISLAV_WEBHOOK_SECRET) {
  return createHmac('sha256', secret).update(body).digest('hex')
}

export function isGenuine(body, header, secret) {
  const expected = Buffer.from(signature(body, secret))
  const given = Buffer.from(String(header ?? '').trim().toLowerCase())
  // `timingSafeEqual` throws where the lengths differ.
  return given.length === expected.length && timingSafeEqual(given, expected)
}

export function isEvent(body) {
  try {
    return typeof JSON.parse(utf8.decode(body))?.event === 'string'
  } catch {
    return false
  }
}

export function status(body, header) {
  if (!isGenuine(body, header)) return 401
  return isEvent(body) ? 204 : 400
}
