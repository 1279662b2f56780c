// NestJS on Express, or on Fastify where PLATFORM says so. Decorators are functions, so this needs no compiler.
import 'reflect-metadata'

import { All, ConflictException, Controller, ForbiddenException, HttpCode, Module, Post, Body, Req, Res, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { Webhook } from 'chatislav-webhooks'
import { ChatislavEvent, ChatislavGuard, ChatislavModule, verified } from 'chatislav-webhooks/nestjs'

import { handle, later, loud, once, port, typed, webhook } from './behaviour.mjs'

const onFastify = process.env.PLATFORM === 'fastify'

async function answer(event, response) {
  const status = await handle(event)
  if (status !== undefined) response.status(status)
}

class Hooks {
  async hook(event, response) { await answer(event, response) }
  async once(event, response) { await answer(event, response) }
  async barred(event, response) { await answer(event, response) }
  typed(event) { return event.summary.title }
  async loud(event, response) { await answer(event, response) }
  async later(event, response) { await answer(event, response) }
  coded(event, response) { response.status(503) }
  own(event, response) { response.status(202).send(event.event) }
  conflict() { throw new ConflictException() }
  unguarded() {}
  other(body) { return body }
}

/** `@All(path) @... method(@ChatislavEvent() event, @Res({ passthrough }) response)`. */
function route(name, decorators, { passthrough = true, type = All } = {}) {
  const method = Object.getOwnPropertyDescriptor(Hooks.prototype, name)
  Reflect.decorate([type(name), ...decorators], Hooks.prototype, name, method)
  if (type === All) {
    ChatislavEvent()(Hooks.prototype, name, 0)
    Res({ passthrough })(Hooks.prototype, name, 1)
  } else {
    Body()(Hooks.prototype, name, 0)
  }
}

class Barrier {
  canActivate() { throw new ForbiddenException() }
}

route('hook', [HttpCode(204), UseGuards(ChatislavGuard)])
route('once', [HttpCode(204), verified(webhook, once)])
route('barred', [HttpCode(204), UseGuards(new Barrier()), verified(webhook, once)])
route('typed', [HttpCode(200), verified(webhook, typed)])
route('loud', [HttpCode(204), verified(webhook, loud)])
route('later', [HttpCode(204), verified(webhook, later)])
route('coded', [HttpCode(204), verified(webhook)])
route('own', [verified(webhook)], { passthrough: false })
route('conflict', [verified(webhook)])
route('unguarded', [])
route('other', [], { type: Post })
Reflect.decorate([Controller()], Hooks)

/** A second module with a webhook of its own. */
class Apart {
  receive() {}
}
Reflect.decorate([All(), HttpCode(204), UseGuards(ChatislavGuard)], Apart.prototype, 'receive', Object.getOwnPropertyDescriptor(Apart.prototype, 'receive'))
Reflect.decorate([Controller('apart')], Apart)
class ApartModule {}
Reflect.decorate([Module({ imports: [ChatislavModule.forRoot(new Webhook('another'))], controllers: [Apart] })], ApartModule)

class AppModule {}
Reflect.decorate([Module({ imports: [ApartModule, ChatislavModule.forRoot(webhook)], controllers: [Hooks] })], AppModule)

const options = { rawBody: process.env.RAW_BODY !== 'no', logger: ['error', 'warn'] }
const app = onFastify
  ? await NestFactory.create(AppModule, new FastifyAdapter({ bodyLimit: 9 * 1024 * 1024 }), options)
  : await NestFactory.create(AppModule, options)
if (!onFastify) app.useBodyParser('json', { limit: '9mb' })
await app.listen(port, '127.0.0.1')
