/** Made by `npm run codes` from the table in core. */

/** Every code, in the order in which the documentation lists them. */
export type ErrorCode =
  | 'secret_missing'
  | 'secret_blank'
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_ambiguous'
  | 'signature_mismatch'
  | 'body_not_raw'
  | 'body_too_large'
  | 'payload_not_json'
  | 'payload_too_deep'
  | 'payload_invalid'
  | 'schema_mismatch'
  | 'event_stale'
  | 'method_not_allowed'

/** What each code says, and the status to answer with. */
export const CODES: { readonly [code in ErrorCode]: { readonly httpStatus: number; readonly message: string; readonly hint: string } } = {
  secret_missing: {
    httpStatus: 500,
    message: 'no webhook secret was given',
    hint: 'set CHATISLAV_WEBHOOK_SECRET to the secret of Chatislav\'s Webhooks screen',
  },
  secret_blank: {
    httpStatus: 500,
    message: 'the webhook secret is blank',
    hint: 'copy the secret of Chatislav\'s Webhooks screen; for webhooks without one use Unsigned',
  },
  signature_missing: {
    httpStatus: 401,
    message: 'the request carries no x-chatislav-signature',
    hint: 'generate a secret in Chatislav\'s Webhooks screen and save; check that no proxy drops the header',
  },
  signature_malformed: {
    httpStatus: 401,
    message: 'the signature is not 64 hexadecimal digits',
    hint: 'send the digest as 64 hexadecimal digits and nothing else',
  },
  signature_ambiguous: {
    httpStatus: 401,
    message: 'the request carries several different signatures',
    hint: 'something on the way adds a second, different signature header',
  },
  signature_mismatch: {
    httpStatus: 401,
    message: 'the signature was not made for this body by any of the secrets',
    hint: 'check that the secret is the one on Chatislav\'s Webhooks screen and that the body is the raw bytes, not re-serialised JSON',
  },
  body_not_raw: {
    httpStatus: 500,
    message: 'the body handed in is not the raw bytes of the request',
    hint: 'hand in the bytes of the request body before anything parses them',
  },
  body_too_large: {
    httpStatus: 413,
    message: 'the body is larger than maxBody',
    hint: 'raise maxBody: Chatislav does not retry after 413',
  },
  payload_not_json: {
    httpStatus: 400,
    message: 'the payload is not JSON in UTF-8',
    hint: 'the signature is right, so the sender signed these bytes; keep them and ask',
  },
  payload_too_deep: {
    httpStatus: 400,
    message: 'the payload is nested over 128 levels deep',
    hint: 'the signature is right, so the sender signed these bytes; keep them and ask',
  },
  payload_invalid: {
    httpStatus: 400,
    message: 'the payload is not a Chatislav event',
    hint: 'an event is a JSON object with a string `event`, and an object `summary` or `data` where the event has one',
  },
  schema_mismatch: {
    httpStatus: 500,
    message: 'the payload does not fit the model it was read into',
    hint: 'mend the model; the answer 500 makes Chatislav send the event again',
  },
  event_stale: {
    httpStatus: 400,
    message: 'the event is older than maxAge or lies in the future',
    hint: 'retries carry the first timestamp: maxAge must exceed the whole retry window',
  },
  method_not_allowed: {
    httpStatus: 405,
    message: 'the method is neither POST nor PUT',
    hint: 'Chatislav sends POST or PUT',
  },
}
