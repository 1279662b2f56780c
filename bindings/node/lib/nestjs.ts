/**
 * NestJS: a module, a guard and a parameter decorator; or `verified(webhook)`, a decorator for one method.
 *
 * Nest's own parsers come before any guard, so tell them to keep the bytes and to take more than the webhook does:
 * `NestFactory.create(AppModule, { rawBody: true })`, then on Express `app.useBodyParser('json', { limit: '9mb' })`, and on
 * Fastify `new FastifyAdapter({ bodyLimit: 9 * 1024 * 1024 })`. Beyond their own 100 KiB and 1 MiB they answer 413, and
 * Chatislav does not send again.
 *
 * @example
 * import { All, Controller, HttpCode, Module, UseGuards } from '@nestjs/common'
 * import { Webhook, type Event } from 'chatislav-webhooks'
 * import { ChatislavEvent, ChatislavGuard, ChatislavModule } from 'chatislav-webhooks/nestjs'
 *
 * @Controller('webhooks/chatislav')
 * class WebhookController {
 *   @All()
 *   @HttpCode(204)
 *   @UseGuards(ChatislavGuard)
 *   receive(@ChatislavEvent() event: Event) {
 *     if (event.event === 'lead_collection') console.log('a lead:', Object.keys(event.form))
 *   }
 * }
 *
 * @Module({ imports: [ChatislavModule.forRoot(Webhook.fromEnv())], controllers: [WebhookController] })
 * export class AppModule {}
 *
 * @packageDocumentation
 */

import {
  applyDecorators,
  type CallHandler,
  type CanActivate,
  createParamDecorator,
  type DynamicModule,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common'
import { APP_INTERCEPTOR } from '@nestjs/core'
import type { ServerResponse } from 'node:http'
import { from, lastValueFrom, type Observable } from 'rxjs'

import { type AnyWebhook, deliberateStatus, Gate, type Passage, Refused, thrown, type VerifiedOptions } from './gate.js'
import { drained, headersFor, headersOf, type Incoming, read } from './incoming.js'
import type { Schemas } from './schemas.js'

export type { VerifiedOptions } from './gate.js'

const CONSUMED =
  'a parser read the body before the guard and kept no bytes: `NestFactory.create(AppModule, { rawBody: true })`; for other content types ' +
  'than JSON `app.useBodyParser("raw", { type: () => true, limit: "9mb" })`'
const GATE = Symbol('chatislav-webhooks.gate')
const PASSAGE = Symbol('chatislav-webhooks.passage')
const IS_HANDLED = Symbol('chatislav-webhooks.handled')
let modules = 0

/** A request of either platform: Fastify's has Node's inside. */
interface PlatformRequest {
  readonly raw?: Incoming
  readonly rawBody?: unknown
  [PASSAGE]?: Passage
  [IS_HANDLED]?: boolean
}

interface PlatformResponse {
  readonly raw?: ServerResponse
  readonly statusCode: number
  header(name: string, value: string): unknown
}

/** Lets a request through to the handler if its signature verifies; the event is then `@ChatislavEvent()`. */
export class ChatislavGuard implements CanActivate {
  readonly #gate: Gate

  /** @internal Nest makes it. */
  constructor(gate: Gate) {
    this.#gate = gate
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp()
    const request = http.getRequest<PlatformRequest>()
    const response = http.getResponse<PlatformResponse>()
    try {
      const passage = await this.#admit(request)
      request[PASSAGE] = passage
      settle(request, response.raw ?? (response as unknown as ServerResponse), passage)
      return true
    } catch (error) {
      if (!(error instanceof Refused)) throw thrown(error)
      const incoming = incomingOf(request)
      await drained(incoming)
      const { 'content-type': _, 'content-length': __, ...headers } = headersFor(incoming, error.answer)
      for (const [name, value] of Object.entries(headers)) response.header(name, value)
      const { status, body } = error.answer
      throw new HttpException(body === '' ? '' : (JSON.parse(body) as object), status)
    }
  }

  async #admit(request: PlatformRequest): Promise<Passage> {
    const incoming = incomingOf(request)
    this.#gate.checkMethod(incoming.method)
    const { rawBody } = request
    const body = ArrayBuffer.isView(rawBody) ? (rawBody as Uint8Array) : await read(incoming, this.#gate, CONSUMED)
    return this.#gate.admit(body, headersOf(incoming))
  }
}

/**
 * Around the method, behind the guard: settles the claim before the answer leaves, and sees to it that an error with
 * the status of some other service, from which Nest would take it, is 500.
 */
class ChatislavInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.getType() === 'http' ? context.switchToHttp().getRequest<PlatformRequest>() : undefined
    const passage = request?.[PASSAGE]
    if (request === undefined || passage === undefined) return next.handle()
    request[IS_HANDLED] = true
    const response = context.switchToHttp().getResponse<PlatformResponse>()
    const handled = passage.run(
      () => lastValueFrom(next.handle(), { defaultValue: undefined }),
      () => response.statusCode,
    )
    return from(handled.catch((error: unknown) => Promise.reject(mended(error))))
  }
}

/** Nest takes `statusCode` from any error; others stay as they are, for the application's own filters. */
function mended(error: unknown): unknown {
  const foreign = typeof error === 'object' && error !== null && 'statusCode' in error && !(error instanceof HttpException)
  return foreign && deliberateStatus(error) === undefined ? thrown(error) : error
}

function incomingOf(request: PlatformRequest): Incoming {
  return request.raw ?? (request as unknown as Incoming)
}

/**
 * Where another guard refuses what this one has let through, no interceptor comes. Where one has come it settles: the
 * client may give up while the handler is still at work.
 */
function settle(request: PlatformRequest, response: ServerResponse, passage: Passage): void {
  response.once('close', () => {
    if (request[IS_HANDLED] !== true) void passage.settle(500)
  })
}

Injectable()(ChatislavGuard)
Inject(GATE)(ChatislavGuard, undefined, 0)

/** Gives `ChatislavGuard` its webhook, in the modules that import it: it is not global, so two webhooks stay apart. */
export class ChatislavModule {
  /** @param webhook holds the secrets. */
  static forRoot<const S extends Schemas = {}>(webhook: AnyWebhook, options?: VerifiedOptions<S>): DynamicModule {
    const gate = new Gate(webhook, options)
    // Nest 10 takes modules for one whose providers read alike, and the second webhook would be judged by the first.
    modules += 1
    const own = { provide: `chatislav-webhooks.module.${modules}`, useValue: modules }
    return {
      module: ChatislavModule,
      providers: [own, { provide: GATE, useValue: gate }, ChatislavGuard, { provide: APP_INTERCEPTOR, useClass: ChatislavInterceptor }],
      exports: [GATE, ChatislavGuard],
    }
  }
}

Module({})(ChatislavModule)

/** The verified event, as a parameter of a method behind the guard. */
export const ChatislavEvent: () => ParameterDecorator = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const passage = context.switchToHttp().getRequest<PlatformRequest>()[PASSAGE]
  if (passage === undefined) throw new Error('@ChatislavEvent() stands behind @UseGuards(ChatislavGuard) or @verified(webhook)')
  return passage.event
})

/**
 * The guard of one method or controller, without the module: `@All() @verified(webhook)`.
 *
 * What the method throws is Nest's to answer: an `HttpException` as it says, anything else 500, so that Chatislav
 * sends again.
 */
export function verified<const S extends Schemas = {}>(
  webhook: AnyWebhook,
  options?: VerifiedOptions<S>,
): ClassDecorator & MethodDecorator {
  return applyDecorators(UseGuards(new ChatislavGuard(new Gate(webhook, options) as Gate)), UseInterceptors(ChatislavInterceptor))
}
