// What the tests share: the vectors, a webhook, and ways to say what is refused.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = process.env.CHATISLAV_ROOT ?? new URL('../../..', import.meta.url).pathname
export const SECRET = "It's a Secret to Everybody"
export const BODY = Buffer.from(
  '{"event": "lead_collection", "data": {"form_data": [{"field": "email", "value": "ada@example.com"}]}, "timestamp": "2026-06-23T12:00:00.000000"}',
)

export function vectors(name) {
  return JSON.parse(readFileSync(join(ROOT, 'tests/vectors', `${name}.json`), 'utf8'))
}

/** The bytes that a vector means. */
export function bytesOf(literal) {
  if (typeof literal === 'string') return Buffer.from(literal)
  return literal.hex === undefined ? Buffer.from(literal.text.repeat(literal.times)) : Buffer.from(literal.hex, 'hex')
}

/** The signature, made by another implementation than ours. */
export function digest(body, secret = SECRET) {
  return createHmac('sha256', secret).update(body).digest('hex')
}

export function signed(body, secret = SECRET) {
  return { 'x-chatislav-signature': digest(body, secret) }
}

/** The WebhookError that a call throws, or its promise rejects with. */
export function refusal(call) {
  try {
    call()
  } catch (error) {
    assert.equal(error?.name, 'WebhookError', `not one of our errors: ${error?.stack}`)
    return error
  }
  return assert.fail('nothing was refused')
}
