/**
 * Verify and read Chatislav webhooks where native code cannot run: Workers, Deno, Vercel Edge, browsers.
 *
 * The names of the main entry over WebCrypto, and `verify`, `verifySignature`, `sign` and `read` are promises: an
 * un-awaited check lets a forgery through.
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
export type { FromEnvOptions, UnsignedOptions, VerifyOptions, WebhookOptions } from './options.js'
export type { EventOf, Schema, Schemas } from './schemas.js'
export type { Environment, Secrets } from './secrets.js'
export { Unsigned } from './web/unsigned.js'
export { Webhook } from './web/webhook.js'
