// What the types let through and what they refuse: each line under @ts-expect-error must not compile.
import { type Event, Unsigned, type UnverifiedEvent, Webhook, WebhookError } from 'chatislav-webhooks'
import { verified as express } from 'chatislav-webhooks/express'
import { verified as fastify } from 'chatislav-webhooks/fastify'
import { verified as hono } from 'chatislav-webhooks/hono'
import { Deduplicator, MemoryStore } from 'chatislav-webhooks/idempotency'
import { verified as koa } from 'chatislav-webhooks/koa'
import { verified as lambda } from 'chatislav-webhooks/lambda'
import { verified as nest } from 'chatislav-webhooks/nestjs'
import { verified as next } from 'chatislav-webhooks/next'
import { verified as node } from 'chatislav-webhooks/node'
import { Sender } from 'chatislav-webhooks/testing'
import * as web from 'chatislav-webhooks/web'
import * as z from 'zod'

const webhook = new Webhook('s', { maxBody: 1, maxAge: 1 })
const unsigned = new Unsigned({ requiredHeader: ['x', 'y'] })
const body = Buffer.from('')

export function narrowed(event: Event): string {
  if (event.event === 'lead_collection') {
    // @ts-expect-error a lead has no summary
    void event.summary
    return String(event.form['email'] ?? event.data['bot_id'])
  }
  if (event.event === 'conversation_summary') {
    // @ts-expect-error a summary has no form
    void event.form
    return JSON.stringify(event.summary)
  }
  // What is left has a name that is any string.
  const name: string = event.event
  return name === 'voice_call_ended' ? name : String(event.event)
}

export function switched(event: Event): string {
  switch (event.event) {
    case 'lead_collection':
      return JSON.stringify(event.form)
    case 'conversation_summary':
      return JSON.stringify(event.summary)
    default:
      return event.event
  }
}

export function immutable(event: Event): void {
  // @ts-expect-error an event cannot be changed
  event.secretIndex = 1
}

// Types of one's own, claimed or validated.
interface Summary { title: string }
interface Lead { email: string }
interface Message { role: string }
const claimed = webhook.verify<Summary, Lead, Message>(body, {})
if (claimed.event === 'conversation_summary') {
  const title: string = claimed.summary.title
  const role: string | undefined = claimed.messages?.[0]?.role
  void [title, role]
}
const schemas = { summary: z.object({ title: z.string() }), form: z.object({ age: z.coerce.number() }) }
const validated = webhook.verify(body, {}, { schemas })
if (validated.event === 'lead_collection') {
  const age: number = validated.form.age
  // @ts-expect-error a number
  const text: string = validated.form.age
  void [age, text]
}

// A handler of verified events does not take what nothing vouches for, nor the other way round.
const ofVerified = (event: Event): void => void event
const ofUnverified = (event: UnverifiedEvent): void => void event
// @ts-expect-error nothing vouches for it
ofVerified(unsigned.read(body, {}))
// @ts-expect-error it is verified
ofUnverified(webhook.verify(body, {}))
// @ts-expect-error only verification makes an event
ofVerified({ event: 'lead_collection', data: {}, form: {}, payload: {}, raw: body, deliveryKey: '', secretIndex: 0, messages: undefined, timestamp: undefined, sentAt: undefined, toJSON: () => ({}) })

for (const given of [webhook, new web.Webhook('s')]) {
  express(given, (event, request, response) => void response.status(event.event === 'lead_collection' ? 200 : 204).end(request.path))
  fastify(given, (event, request, reply) => reply.code(204).send(event.raw && request.url))
  koa(given, (event, context) => void (context.body = event.event))
  hono(given, (event, context) => context.text(String(event.event)))
  next(given, (event) => Response.json(event.payload))
  lambda(given, (event) => ({ statusCode: event.event === 'lead_collection' ? 200 : 204 }))
  node(given, (event, request, response) => void response.end(request.url ?? event.timestamp))
  nest(given)
}
// @ts-expect-error what Unsigned reads is not verified
express(unsigned, () => {})
// @ts-expect-error
fastify(unsigned, () => {})
// @ts-expect-error
koa(unsigned, () => {})
// @ts-expect-error
hono(unsigned, () => {})
// @ts-expect-error
next(unsigned, () => {})
// @ts-expect-error
lambda(unsigned, () => {})
// @ts-expect-error
node(unsigned, () => {})
// @ts-expect-error
nest(unsigned)
// @ts-expect-error a handler of unverified events
express(webhook, (event: UnverifiedEvent) => void event)
// @ts-expect-error
lambda(webhook, (event: UnverifiedEvent) => void event)
// @ts-expect-error
next(webhook, (event: UnverifiedEvent) => void event)

express(webhook, (event) => {
  if (event.event === 'lead_collection') {
    const age: number = event.form.age
    void age
  }
}, { schemas, deduplicator: new Deduplicator(new MemoryStore(), { scope: 'leads' }), onRefused: (error) => void error.hint })

// What is no bytes.
// @ts-expect-error text
webhook.verify('text', {})
// @ts-expect-error a parsed object
webhook.verify({ a: 1 }, {})
// @ts-expect-error no secret
new Webhook()
// @ts-expect-error a promise: write await
const promised: Event = new web.Webhook('s').verify(body, {})
void promised

try {
  webhook.verifySignature(new DataView(new ArrayBuffer(0)), ['a', 'b'])
} catch (error) {
  if (error instanceof WebhookError && error.code === 'signature_mismatch') void error.httpStatus
  // @ts-expect-error no code
  if (error instanceof WebhookError && error.code === 'nonsense') void error
}

const request = new Sender().lead({ form: { email: 'x' } })
webhook.verify(request.body, request.headers)
webhook.verify(request.body, new Headers())
webhook.verify(request.body, new Map([['a', 'b']]))
webhook.verify(request.body, ['a', 'b'])
webhook.verify(request.body, { a: ['b'], c: undefined })
