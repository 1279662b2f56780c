// What an error is, what it never holds, and how a Webhook is made.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { inspect } from 'node:util'
import test from 'node:test'
import { Unsigned, Webhook, WebhookError } from 'chatislav-webhooks'
import { BODY, digest, refusal, SECRET, signed, vectors } from './support.mjs'

const require = createRequire(import.meta.url)

test('the codes and their statuses are core’s', () => {
  for (const { code, expect } of vectors('errors')) {
    const error = new WebhookError(code)
    assert.deepEqual([error.code, error.httpStatus], [code, expect])
    assert.ok(error.message.length > 0 && error.hint.length > 0 && !error.hint.includes('\n'))
  }
})

test('an error says its code, status, hint and path', () => {
  const error = refusal(() => new Webhook(SECRET).verify(Buffer.from('[]'), signed('[]')))
  assert.ok(error instanceof WebhookError && error instanceof Error)
  assert.deepEqual([error.name, error.code, error.httpStatus, error.path], ['WebhookError', 'payload_invalid', 400, '$'])
  assert.equal(error.message, 'the payload is not a Chatislav event (at $)')
  assert.ok(!('path' in refusal(() => new Webhook(SECRET).verify(BODY, {}))))
  assert.match(inspect(error), /hint: .*event/)
  assert.ok(!(new Error('x') instanceof WebhookError) && !(null instanceof WebhookError))
})

test('the CommonJS half and the other know each other’s errors and webhooks', async () => {
  const cjs = require('chatislav-webhooks')
  assert.notEqual(cjs.Webhook, Webhook)
  assert.ok(refusal(() => new cjs.Webhook(SECRET).verify(BODY, {})) instanceof WebhookError)
  assert.ok(refusal(() => new Webhook(SECRET).verify(BODY, {})) instanceof cjs.WebhookError)
  const { verified } = await import('chatislav-webhooks/next')
  verified(new cjs.Webhook(SECRET), () => {})
})

test('secrets', () => {
  for (const [secret, code] of [
    [undefined, 'secret_missing'], [null, 'secret_missing'], [[], 'secret_missing'], [7, 'secret_missing'], [{}, 'secret_missing'],
    [[undefined], 'secret_missing'], [['a', 7], 'secret_missing'], [new Uint16Array(4), 'secret_missing'], [BODY.buffer, 'secret_missing'],
    ['', 'secret_blank'], [' \n', 'secret_blank'], [['a', ''], 'secret_blank'], [new Uint8Array(), 'secret_blank'], [new Uint8Array(8), 'secret_blank'],
  ]) {
    const error = refusal(() => new Webhook(secret))
    assert.deepEqual([error.code, error.httpStatus], [code, 500], String(secret))
  }
  new Webhook('né🔑').verify(BODY, signed(BODY, 'né🔑'))
  const bytes = Buffer.from('s3cret')
  const webhook = new Webhook(bytes)
  bytes.fill(0)
  webhook.verify(BODY, signed(BODY, 's3cret'))
  new Webhook(new Uint8Array(new SharedArrayBuffer(4)).fill(65)).verify(BODY, signed(BODY, 'AAAA'))
})

test('secrets that cannot be read, or that nobody has', () => {
  const hostile = new Proxy([], { get() { throw new Error('marker') } })
  const lying = Object.defineProperty(new Float64Array([65, 66]), Symbol.toStringTag, { value: 'Uint8Array' })
  const throwing = Object.defineProperty(new Float32Array(2), Symbol.toStringTag, { get() { throw new Error('marker') } })
  for (const secret of [hostile, lying, throwing, 'a'.repeat(2 ** 21), Array(200).fill('a'.repeat(2 ** 26)), new Uint8Array(2 ** 21).fill(65)]) {
    assert.equal(refusal(() => new Webhook(secret)).code, 'secret_missing')
  }
  assert.equal(refusal(() => Webhook.fromEnv({ env: null })).code, 'secret_missing')
})

test('a subclass knows its own', () => {
  class Mine extends WebhookError {}
  assert.ok(!(new WebhookError('body_not_raw') instanceof Mine))
  assert.ok(new Mine('body_not_raw') instanceof Mine && new Mine('body_not_raw') instanceof WebhookError)
})

test('options', () => {
  for (const options of [{ maxBody: -1 }, { maxBody: '8' }, { maxBody: Number.NaN }, { maxBody: {} }, { maxAge: -1 }, { maxAge: 'x' }, { maxAge: Number.NaN }]) {
    assert.throws(() => new Webhook(SECRET, options), RangeError)
  }
  assert.equal(new Webhook(SECRET).maxBody, 8 * 1024 * 1024)
  assert.equal(new Webhook(SECRET, { maxBody: Infinity, maxAge: Infinity }).maxBody, Number.MAX_SAFE_INTEGER)
  assert.throws(() => Webhook(SECRET), TypeError)
})

test('fromEnv', () => {
  const from = (env, options) => Webhook.fromEnv({ ...options, env })
  assert.equal(refusal(() => from({})).code, 'secret_missing')
  assert.equal(refusal(() => from({ CHATISLAV_WEBHOOK_SECRET: ' ' })).code, 'secret_blank')
  assert.equal(refusal(() => from({ CHATISLAV_WEBHOOK_SECRET: 'a', CHATISLAV_WEBHOOK_SECRET_OLD: '' })).code, 'secret_blank')
  from({ CHATISLAV_WEBHOOK_SECRET: 'a,b' }).verify(BODY, signed(BODY, 'a,b'))
  assert.equal(from({ CHATISLAV_WEBHOOK_SECRET: 'a', CHATISLAV_WEBHOOK_SECRET_OLD: 'b' }).verify(BODY, signed(BODY, 'b')).secretIndex, 1)
  assert.equal(from({ CHATISLAV_WEBHOOK_SECRET: 'a' }, { maxBody: 3 }).maxBody, 3)
  process.env.CHATISLAV_WEBHOOK_SECRET = 'from the process'
  try {
    Webhook.fromEnv().verify(BODY, signed(BODY, 'from the process'))
  } finally {
    delete process.env.CHATISLAV_WEBHOOK_SECRET
  }
})

test('what looks like a mistake of copying is a warning, and works', async () => {
  const warned = new Promise((resolve) => process.once('warning', resolve))
  new Webhook('s\n').verify(BODY, signed(BODY, 's\n'))
  const warning = await warned
  assert.equal(warning.name, 'ChatislavWarning')
  assert.match(warning.message, /^webhook secret [0-9a-f]{8}: it begins or ends with white space/)
})

/** Everything that can be got out of a value without its help. */
function shown(value) {
  const texts = [inspect(value, { depth: 9, showHidden: true, showProxy: true }), String(value)]
  for (const attempt of [() => JSON.stringify(value), () => inspect(structuredClone(value))]) {
    try {
      texts.push(attempt())
    } catch (error) {
      texts.push(inspect(error))
    }
  }
  for (let holder = value; holder !== null && typeof holder === 'object'; holder = Object.getPrototypeOf(holder)) {
    for (const name of Reflect.ownKeys(holder)) {
      let inner
      try {
        inner = value[name]
      } catch (error) {
        inner = error
      }
      texts.push(inspect(inner, { depth: 5, showHidden: true }), typeof inner === 'function' ? Function.prototype.toString.call(inner) : '')
    }
  }
  return texts.join('\n')
}

test('nothing that is shown holds what is private', () => {
  const webhook = new Webhook(['marker-secret', Buffer.from('marker-older')], { maxAge: 1 })
  const unsigned = new Unsigned({ requiredHeader: ['x-token', 'marker-header'] })
  const body = Buffer.from('{"event": "conversation_summary", "summary": {"marker-key": "marker-value"}, "timestamp": "marker-time"}')
  const expected = digest(body, 'marker-secret')
  const bytes = Buffer.from('marker').toString('hex')
  const failing = { '~standard': { version: 1, vendor: 'test', validate() { throw new Error('marker-raised') } } }
  const refusing = { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'marker-issue', path: ['marker-key', 0] }] }) } }
  const plain = new Webhook('marker-secret')
  const calls = [
    () => new Webhook(['marker-secret', '']),
    () => webhook.verify(Buffer.concat([body, Buffer.from(' ')]), { 'x-chatislav-signature': expected }),
    () => webhook.verify(String(body), { 'x-chatislav-signature': expected }),
    () => webhook.verify(JSON.parse('{"marker": 1}'), {}),
    () => webhook.verify(body, { 'x-chatislav-signature': 'marker-signature' }),
    () => webhook.verify(body, { 'x-chatislav-signature': [expected, 'marker'] }),
    () => webhook.verify(body, { 'x-chatislav-signature': expected }),
    () => plain.verify(Buffer.from('{"marker'), signed('{"marker', 'marker-secret')),
    () => plain.verify(body, { 'x-chatislav-signature': expected }, { schemas: { summary: failing } }),
    () => plain.verify(body, { 'x-chatislav-signature': expected }, { schemas: { summary: refusing } }),
    () => unsigned.read(body, { 'x-token': 'marker-other' }),
  ]
  const event = plain.verify(body, { 'x-chatislav-signature': expected })
  const texts = [shown(webhook), shown(unsigned), inspect(event), inspect(unsigned.read(body, { 'x-token': 'marker-header' }))]
  for (const call of calls) {
    const error = refusal(call)
    assert.equal(error.cause, undefined)
    // The stack names this file and no values.
    texts.push(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), String(error))
  }
  for (const text of texts) {
    for (const secret of ['marker', expected, bytes]) assert.ok(!text.includes(secret), text)
  }
})
