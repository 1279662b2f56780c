/** What can be wrong with a webhook: one class, a closed list of codes. */

import { CODES, type ErrorCode } from './codes.js'

export type { ErrorCode } from './codes.js'

/** What a verdict says of a refusal. */
export interface Refusal {
  readonly code: string
  readonly hint?: string | undefined
  readonly path?: string | null | undefined
}

const BRAND = Symbol.for('chatislav-webhooks.WebhookError')

/** Why a webhook was refused. It never holds a secret, an expected digest or bytes of the body. */
export class WebhookError extends Error {
  /** The stable code, the same in Rust, Python and Node. */
  readonly code: ErrorCode
  /** The status to answer with: Chatislav sends again after 5xx and gives up after 4xx. */
  readonly httpStatus: number
  /** What to do about it, in one line. */
  readonly hint: string
  /** Where in the payload: names joined by dots, or `byte 17` counted from 0. */
  declare readonly path?: string

  constructor(code: ErrorCode, details: { readonly hint?: string | undefined; readonly path?: string | undefined } = {}) {
    const { httpStatus, message, hint } = CODES[code]
    super(details.path === undefined ? message : `${message} (at ${details.path})`)
    this.code = code
    this.httpStatus = httpStatus
    this.hint = details.hint ?? hint
    if (details.path !== undefined) this.path = details.path
  }

  /** An error of another copy of this package, such as its CommonJS half, is one too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== WebhookError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && BRAND in value
  }
}

Object.defineProperties(WebhookError.prototype, {
  name: { value: 'WebhookError', configurable: true, writable: true },
  [BRAND]: { value: true },
})

/** The error of a refusal. */
export function refused({ code, hint, path }: Refusal): WebhookError {
  return new WebhookError(code as ErrorCode, { hint, path: path ?? undefined })
}
