// What the handler of every test application does, told by the payload.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Webhook } from 'chatislav-webhooks'
import { Deduplicator } from 'chatislav-webhooks/idempotency'
import createError from 'http-errors'
import { z } from 'zod'

export const port = Number(process.env.PORT)
export const work = process.env.CHATISLAV_TEST_WORK ?? '.'
export const webhook = Webhook.fromEnv()
export const once = { deduplicator: new Deduplicator() }
export const typed = { schemas: { summary: z.object({ title: z.string() }) } }

const note = (error) => appendFileSync(join(work, 'refused'), `${error.code}\n`)

/** One that notes the refusal and then fails, on the spot and later: neither does harm. */
export const loud = {
  onRefused(error) {
    note(error)
    throw new Error('onRefused failed')
  },
}
export const later = {
  async onRefused(error) {
    note(error)
    throw new Error('onRefused failed later')
  },
}

/** The status to answer, or nothing; what was handled is a line in a file. */
export async function handle(event) {
  const { payload } = event
  if (payload.sleep !== undefined) await sleep(payload.sleep * 1000)
  appendFileSync(join(work, 'handled'), `${JSON.stringify({ event: event.event, bytes: event.raw.byteLength })}\n`)
  if (payload.raise !== undefined) throw failures[payload.raise]()
  return payload.status
}

/** What a handler may throw. Only the last is an answer of its own. */
const failures = {
  plain: () => new Error('the handler failed'),
  // As axios, got and the AWS SDK make them of the answer of another service.
  client: () => Object.assign(new Error('Request failed'), { status: 404, statusCode: 404, response: { status: 404 }, headers: {} }),
  object: () => ({ message: 'Not Found', status: 404, statusCode: 404 }),
  file: () => Object.assign(new Error('no such file'), { code: 'ENOENT', errno: -2 }),
  nothing: () => undefined,
  text: () => 'route',
  deliberate: () => createError(409),
}
