/**
 * Requests as Chatislav sends them, for vitest, jest, node:test and whatever drives your application.
 *
 * @example
 * import { Webhook } from 'chatislav-webhooks'
 * import { Sender } from 'chatislav-webhooks/testing'
 * import { verified } from 'chatislav-webhooks/next'
 *
 * const sender = new Sender()
 * const { POST } = verified(new Webhook(sender.secret), () => {})
 * const request = sender.lead({ form: { email: 'ada@example.com' } })
 * console.log((await POST(request.request())).status) // 204
 * console.log((await POST(request.tampered().request())).status) // 401
 *
 * @packageDocumentation
 */

import type { JsonObject } from './event.js'
import { SIGNATURE_HEADER } from './headers.js'
import { restyled, sample } from './native.js'
import type { Request as LambdaRequest } from './lambda.js'
import { Webhook } from './webhook.js'

/** What calls a Lambda function: API Gateway with payload 1.0 or 2.0, a load balancer without and with multi-value headers, a function URL. */
export type LambdaFormat = '1.0' | '2.0' | 'alb' | 'alb-multi' | 'url'

type Pair = readonly [name: string, value: string]

const URL_OF_TESTS = 'http://127.0.0.1/webhooks/chatislav'

/** One request. Each method gives a new one, and the last group hands it to your application. Sent again, it is the duplicate of its delivery. */
export class SignedRequest {
  readonly body: Buffer
  readonly headers: readonly Pair[]
  readonly method: string

  constructor(body: Uint8Array, headers: readonly Pair[], method = 'POST') {
    this.body = Buffer.from(body)
    this.headers = headers
    this.method = method
  }

  /** With PUT, the other method that Chatislav sends. */
  put(): SignedRequest {
    return this.withMethod('PUT')
  }

  /** With a method that Chatislav does not send. */
  withMethod(method: string): SignedRequest {
    return new SignedRequest(this.body, this.headers, method)
  }

  /** Without the signature. */
  unsigned(): SignedRequest {
    return this.#with(this.headers.filter(([name]) => name !== SIGNATURE_HEADER))
  }

  /** Signed by another secret: an old one, or a stranger's. */
  signedWith(secret: string | Uint8Array): SignedRequest {
    return this.withSignature(new Webhook(secret).sign(this.body))
  }

  /** With these values of the signature header, each in a line of its own. */
  withSignature(...values: string[]): SignedRequest {
    return this.#with([...this.unsigned().headers, ...values.map((value): Pair => [SIGNATURE_HEADER, value])])
  }

  /** With one bit of the body flipped on the way, under the same signature. */
  tampered(): SignedRequest {
    const body = this.body.length === 0 ? Buffer.from(' ') : Buffer.from(this.body)
    const at = Math.floor(body.length / 2)
    body[at] = (body[at] ?? 0) ^ 1
    return this.#carrying(body)
  }

  /** With equal JSON in other bytes, as a proxy makes that parses and writes, under the same signature. */
  reserialised(): SignedRequest {
    const body = Buffer.from(JSON.stringify(JSON.parse(this.body.toString())))
    return this.#carrying(body.equals(this.body) ? Buffer.concat([body, Buffer.from('\n')]) : body)
  }

  /** With the signature header twice, with the same value, which is allowed. */
  repeated(): SignedRequest {
    return this.withSignature(...this.signatures, ...this.signatures)
  }

  /** With a second, different signature, which is not. */
  ambiguous(): SignedRequest {
    return this.withSignature(...this.signatures, '0'.repeat(64))
  }

  /** With one of the Custom Headers of the Webhooks screen. */
  withHeader(name: string, value: string): SignedRequest {
    return this.#with([...this.headers, [name, value]])
  }

  /** The values of the signature header. */
  get signatures(): string[] {
    return this.headers.filter(([name]) => name === SIGNATURE_HEADER).map(([, value]) => value)
  }

  /** For `fetch(url, request.init())`, and for `app.request(path, request.init())` of Hono. */
  init(): { method: string; headers: [string, string][]; body: NonNullable<RequestInit['body']> } {
    return { method: this.method, headers: this.headers.map(([name, value]) => [name, value]), body: Buffer.from(this.body) }
  }

  /** A `Request`, for a Next.js route and for `app.fetch(request)` of Hono. */
  request(url: string = URL_OF_TESTS): Request {
    return new Request(url, this.init())
  }

  /** For `app.inject(request.inject(url))` of Fastify. */
  inject(url: string): { method: 'POST' | 'PUT'; url: string; payload: Buffer; headers: Record<string, string> } {
    return { method: this.method as 'POST', url, payload: Buffer.from(this.body), headers: this.#joined() }
  }

  /** For `handler(request.lambda(format), context)`, as the service would call it; `binary` is base64. */
  lambda(format: LambdaFormat = '2.0', { binary = false }: { readonly binary?: boolean } = {}): LambdaRequest & JsonObject {
    const sent = { body: this.body.toString(binary ? 'base64' : 'utf8'), isBase64Encoded: binary }
    const headers = this.#joined()
    const several = this.#listed()
    if (format === '2.0' || format === 'url') {
      const http = { method: this.method, path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' }
      return { version: '2.0', routeKey: '$default', rawPath: '/', rawQueryString: '', headers, requestContext: { http }, ...sent }
    }
    const called = { httpMethod: this.method, path: '/', ...sent }
    if (format === '1.0') {
      // API Gateway keeps the case of the names and the last value.
      const titled = Object.entries(several).map(([name, values]): [string, string[]] => [title(name), values])
      const last = titled.map(([name, values]): [string, string] => [name, values.at(-1) ?? ''])
      const shape = { headers: Object.fromEntries(last), multiValueHeaders: Object.fromEntries(titled) }
      return { resource: '/', requestContext: { stage: 'test' }, ...shape, ...called }
    }
    const requestContext = { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:region:123456789012:targetgroup/tests/1' } }
    return { requestContext, ...(format === 'alb' ? { headers } : { multiValueHeaders: several }), ...called }
  }

  #with(headers: readonly Pair[]): SignedRequest {
    return new SignedRequest(this.body, headers, this.method)
  }

  #carrying(body: Uint8Array): SignedRequest {
    return new SignedRequest(body, this.headers, this.method)
  }

  #listed(): Record<string, string[]> {
    const listed: Record<string, string[]> = {}
    for (const [name, value] of this.headers) (listed[name] ??= []).push(value)
    return listed
  }

  /** As Node joins repeats. */
  #joined(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.#listed()).map(([name, values]) => [name, values.join(', ')]))
  }

  /** How it is printed. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<SignedRequest, ${this.method}, ${this.body.length} bytes>`
  }
}

/** Makes signed requests. */
export class Sender {
  /** With which it signs. */
  readonly secret: string
  readonly #webhook: Webhook
  #next: number

  /**
   * @param secret a throw-away one unless said otherwise.
   * @param options `seed`: where the ids of the samples begin; each sample has its own.
   */
  constructor(secret = 'chatislav-test-secret', options: { readonly seed?: number } = {}) {
    this.secret = secret
    this.#webhook = new Webhook(secret)
    this.#next = options.seed ?? 0
  }

  /** A `lead_collection`; `form` is what the lead filled in, the other fields replace those of the payload. */
  lead({ form, ...fields }: { readonly form?: JsonObject; readonly [field: string]: unknown } = {}): SignedRequest {
    const payload = { ...this.#sample('lead_collection'), ...fields }
    if (form !== undefined) {
      const items = Object.entries(form).map(([field, value]) => ({ field, value }))
      payload['data'] = { ...(payload['data'] as JsonObject), form_data: items }
    }
    return this.event(payload)
  }

  /** A `conversation_summary`; the fields replace those of the payload, `summary` among them. */
  summary(fields: { readonly [field: string]: unknown } = {}): SignedRequest {
    return this.event({ ...this.#sample('conversation_summary'), ...fields })
  }

  /** Any payload, written as Chatislav writes it: with blanks, and `\uXXXX` outside ASCII. */
  event(payload: object): SignedRequest {
    const body = restyled(JSON.stringify(payload))
    if (body === null) throw new TypeError('the payload is nested too deep for an event')
    return this.raw(body)
  }

  /** Exactly these bytes, rightly signed. */
  raw(body: Uint8Array): SignedRequest {
    return new SignedRequest(body, [
      ['content-type', 'application/json'],
      [SIGNATURE_HEADER, this.#webhook.sign(body)],
    ])
  }

  #sample(event: string): Record<string, unknown> {
    const body = sample(event, Date.now(), this.#next >>> 0)
    this.#next += 1
    return JSON.parse(String(body)) as Record<string, unknown>
  }

  /** How it is printed. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '<Sender>'
  }
}

function title(name: string): string {
  return name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase())
}
