/**
 * NestJS: a module, a guard and a parameter decorator; or `verified(webhook)`, a decorator for one method.
 *
 * Nest's own parsers come before any guard, so tell them to keep the bytes and to take as many as the webhook does:
 * `NestFactory.create(AppModule, { rawBody: true })` and, on Express, `app.useBodyParser('json', { limit: '8mb' })`.
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
  type CanActivate,
  createParamDecorator,
  type DynamicModule,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  Module,
  UseGuards,
} from '@nestjs/common'
import type { ServerResponse } from 'node:http'

import { type AnyWebhook, Gate, type Passage, Refused, type VerifiedOptions } from './gate.js'
import { headersOf, type Incoming, read } from './incoming.js'
import type { Schemas } from './schemas.js'

const CONSUMED =
  'a parser read the body before the guard and kept no bytes: `NestFactory.create(AppModule, { rawBody: true })`; for other content types ' +
  'than JSON `app.useBodyParser("raw", { type: () => true, limit: "8mb" })`'
const GATE = Symbol('chatislav-webhooks.gate')
const EVENT = Symbol('chatislav-webhooks.event')

/** A request of either platform: Fastify's has Node's inside. */
interface PlatformRequest {
  readonly raw?: Incoming
  readonly rawBody?: unknown
  [EVENT]?: unknown
}

interface PlatformResponse {
  readonly raw?: ServerResponse
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
      request[EVENT] = passage.event
      settle(response.raw ?? (response as unknown as ServerResponse), passage)
      return true
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { status, headers, body } = error.answer
      for (const [name, value] of Object.entries(headers)) {
        if (name !== 'content-type') response.header(name, value)
      }
      throw new HttpException(body === '' ? '' : (JSON.parse(body) as object), status)
    }
  }

  async #admit(request: PlatformRequest): Promise<Passage> {
    const incoming = request.raw ?? (request as unknown as Incoming)
    this.#gate.checkMethod(incoming.method)
    const { rawBody } = request
    const body = ArrayBuffer.isView(rawBody) ? (rawBody as Uint8Array) : await read(incoming, this.#gate, CONSUMED)
    return this.#gate.admit(body, headersOf(incoming))
  }
}

/** A guard sees no answer, so the claim is settled when the response has left, or its connection has ended. */
function settle(response: ServerResponse, passage: Passage): void {
  response.once('close', () => {
    void passage.settle(response.writableFinished ? response.statusCode : 500)
  })
}

Injectable()(ChatislavGuard)
Inject(GATE)(ChatislavGuard, undefined, 0)

/** Gives `ChatislavGuard` its webhook. */
export class ChatislavModule {
  /** @param webhook holds the secrets. */
  static forRoot<const S extends Schemas = {}>(webhook: AnyWebhook, options?: VerifiedOptions<S>): DynamicModule {
    const gate = new Gate(webhook, options)
    return {
      module: ChatislavModule,
      global: true,
      providers: [{ provide: GATE, useValue: gate }, ChatislavGuard],
      exports: [GATE, ChatislavGuard],
    }
  }
}

Module({})(ChatislavModule)

/** The verified event, as a parameter of a method behind the guard. */
export const ChatislavEvent: () => ParameterDecorator = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const event = context.switchToHttp().getRequest<PlatformRequest>()[EVENT]
  if (event === undefined) throw new Error('@ChatislavEvent() stands behind @UseGuards(ChatislavGuard) or @verified(webhook)')
  return event
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
  return applyDecorators(UseGuards(new ChatislavGuard(new Gate(webhook, options) as Gate)))
}
