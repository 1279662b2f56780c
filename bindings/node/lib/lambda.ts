/**
 * AWS Lambda: a function for API Gateway (REST and HTTP APIs, payload 1.0 and 2.0), function URLs and Application
 * Load Balancers.
 *
 * Declare `*\/*` a binary media type of a REST API: as text, a body that is not UTF-8 arrives changed.
 *
 * @example
 * import { Webhook } from 'chatislav-webhooks'
 * import { verified } from 'chatislav-webhooks/lambda'
 *
 * export const handler = verified(Webhook.fromEnv(), async (event) => {
 *   if (event.event === 'lead_collection') console.log('a lead:', Object.keys(event.form))
 * })
 *
 * @packageDocumentation
 */

import { type AnyWebhook, type Answer, DONE, FAILED, Gate, Refused, type Verified, type VerifiedOptions } from './gate.js'
import type { HeadersLike } from './headers.js'
import type { Schemas } from './schemas.js'

/** What all of these services call a function with, as far as it is used here. */
export interface Request {
  readonly body?: string | null | undefined
  readonly isBase64Encoded?: boolean | undefined
  readonly headers?: { readonly [name: string]: string | undefined } | null | undefined
  readonly multiValueHeaders?: { readonly [name: string]: readonly string[] | undefined } | null | undefined
  /** Payload 1.0 and load balancers. */
  readonly httpMethod?: string | undefined
  /** Payload 2.0 and function URLs. */
  readonly requestContext?: object | undefined
}

/** What they all take for an answer. */
export interface Result {
  statusCode: number
  headers?: Record<string, string | number | boolean>
  multiValueHeaders?: Record<string, (string | number | boolean)[]>
  body?: string
  isBase64Encoded?: boolean
}

export type { VerifiedOptions } from './gate.js'

const NO_REQUEST = 'the function was not called with a request of API Gateway, a function URL or a load balancer'

/**
 * Verifies the request before the handler sees it: `handler(event, context, request)`.
 *
 * A handler that returns nothing is 204; an object with `statusCode` is the answer. What it throws is logged and is
 * 500, so that Chatislav sends again.
 */
export function verified<const S extends Schemas = {}, Context = unknown>(
  webhook: AnyWebhook,
  handler: (event: Verified<S>, context: Context, request: Request) => unknown,
  options?: VerifiedOptions<S>,
): (request: Request, context: Context) => Promise<Result> {
  const gate = new Gate(webhook, options, handler)
  return async (request, context) => {
    try {
      gate.checkMethod(methodOf(request, gate))
      const passage = await gate.admit(bodyOf(request, gate), headersOf(request))
      return await passage.run(
        async () => resultOf(await handler(passage.event, context, request), request),
        ({ statusCode }) => Number(statusCode),
      )
    } catch (error) {
      if (error instanceof Refused) return respond(error.answer, request)
      console.error(error)
      return respond(FAILED, request)
    }
  }
}

function methodOf<S extends Schemas>(request: Request, gate: Gate<S>): string {
  const context = request?.requestContext as { readonly http?: { readonly method?: unknown } } | undefined
  const method = request?.httpMethod ?? context?.http?.method
  if (typeof method !== 'string') throw gate.notRaw(NO_REQUEST)
  return method
}

function bodyOf<S extends Schemas>(request: Request, gate: Gate<S>): Uint8Array {
  const { body } = request
  if (body === undefined || body === null) return new Uint8Array()
  if (typeof body !== 'string') throw gate.notRaw("the `body` of the request is not text, as Lambda's is: something changed it")
  // The gateway has decoded the bytes as UTF-8.
  if (request.isBase64Encoded !== true) return Buffer.from(body, 'utf8')
  const bytes = Buffer.from(body, 'base64')
  // It passes over what is no base64, and has then too few of them.
  const padding = body.endsWith('==') ? 2 : body.endsWith('=') ? 1 : 0
  if (bytes.byteLength !== (body.length / 4) * 3 - padding) throw gate.notRaw('`isBase64Encoded` is true and the `body` is not base64')
  return bytes
}

/** Where there are lists of values they are the whole; payload 2.0 joins repeats with commas. */
function headersOf({ headers, multiValueHeaders }: Request): HeadersLike {
  const several = Object.keys(multiValueHeaders ?? {}).length > 0
  return (several ? multiValueHeaders : headers) ?? {}
}

/** Payload 2.0 makes a 200 of whatever has no `statusCode`; here it is one everywhere. */
function resultOf(returned: unknown, request: Request): Result {
  if (returned === undefined || returned === null) return respond(DONE, request)
  if (typeof returned === 'object' && 'statusCode' in returned) return returned as Result
  // As JSON it would be an empty 200.
  if (returned instanceof Response) throw new TypeError('a Lambda function answers with an object that has a statusCode, not with a Response')
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(returned) }
}

function respond({ status, headers, body }: Answer, request: Request): Result {
  const result: Result = { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false }
  if (Object.keys(request?.multiValueHeaders ?? {}).length > 0) {
    // A load balancer that sends lists wants lists back.
    result.multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
  }
  return result
}
