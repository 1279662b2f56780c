/**
 * Verify and read Chatislav webhooks.
 *
 * A `Webhook` holds the secrets; `verify` gives a typed event or throws a `WebhookError` that says what is wrong.
 *
 * @packageDocumentation
 */

export { type Body, DEFAULT_MAX_BODY } from './body.js'
export { type ErrorCode, WebhookError } from './errors.js'
export type {
  ConversationSummary,
  Event,
  Form,
  Json,
  JsonObject,
  LeadCollection,
  UnknownEvent,
  UnknownName,
  UnverifiedEvent,
} from './event.js'
export { type HeadersLike, SIGNATURE_HEADER } from './headers.js'
export type { Explanation } from './native.js'
export type { FromEnvOptions, UnsignedOptions, VerifyOptions, WebhookOptions } from './options.js'
export type { EventOf, Schema, Schemas } from './schemas.js'
export type { Environment, Secrets } from './secrets.js'
export { Unsigned } from './unsigned.js'
export { Webhook } from './webhook.js'
