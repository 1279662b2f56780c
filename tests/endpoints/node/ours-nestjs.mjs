// Decorators are functions, so this needs no compiler.
import 'reflect-metadata'

import { All, Controller, Get, HttpCode, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { verified } from 'chatislav-webhooks/nestjs'

import { count, handle, once, port, webhook } from './counted.mjs'

class Hooks {
  hook() { handle() }
  count() { return count() }
}
const method = (name) => [Hooks.prototype, name, Object.getOwnPropertyDescriptor(Hooks.prototype, name)]
Reflect.decorate([All('hook'), HttpCode(204), verified(webhook(), once)], ...method('hook'))
Reflect.decorate([Get('count')], ...method('count'))
Reflect.decorate([Controller()], Hooks)

class AppModule {}
Reflect.decorate([Module({ controllers: [Hooks] })], AppModule)

const app = await NestFactory.create(AppModule, { rawBody: true, logger: ['error'] })
app.useBodyParser('json', { limit: '9mb' })
await app.listen(port, '127.0.0.1')
