/** Values out of verified bytes, if they are an event. */

import { WebhookError } from '../errors.js'
import type { Json, JsonObject } from '../event.js'
import { scan } from './scanner.js'
import { textOf } from './utf8.js'

/**
 * The object that these bytes say. Parsers differ over lone surrogates and depth, so the verdict is the scanner's,
 * and the engine's parser only makes values.
 *
 * @throws {WebhookError} `payload_not_json`, `payload_too_deep` or `payload_invalid`.
 */
export function payloadOf(raw: Uint8Array): JsonObject {
  const text = textOf(raw)
  scan(raw)
  const payload = JSON.parse(text) as Json
  if (!isObject(payload)) throw new WebhookError('payload_invalid', { path: '$' })
  const event = own(payload, 'event')
  if (typeof event !== 'string') throw new WebhookError('payload_invalid', { path: 'event' })
  const subject = event === 'conversation_summary' ? 'summary' : event === 'lead_collection' ? 'data' : undefined
  if (subject !== undefined && !isObject(own(payload, subject))) throw new WebhookError('payload_invalid', { path: subject })
  return payload
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
