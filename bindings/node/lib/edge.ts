/** What an edge runtime and a browser get for `chatislav-webhooks`: an error at import, which nobody overlooks. */

// The names stand here so that a bundler finds them, or it would stop before anybody could read what follows.
export const DEFAULT_MAX_BODY = undefined
export const SIGNATURE_HEADER = undefined
export const Unsigned = undefined
export const Webhook = undefined
export const WebhookError = undefined

throw new Error(
  'chatislav-webhooks loads native code, which this runtime cannot: import from "chatislav-webhooks/web" and write `await` before verify. ' +
    'The names are the same. An un-awaited check would never throw, so this entry does not choose for you.',
)
