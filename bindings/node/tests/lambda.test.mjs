// AWS Lambda: the events as AWS publishes them, written out in full.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'

import { Webhook } from 'chatislav-webhooks'

import { SERVICES } from './apps/lambda-events.mjs'

const SECRET = 'whsec lambda tests'
const work = mkdtempSync(join(tmpdir(), 'chatislav-lambda-'))
Object.assign(process.env, { CHATISLAV_WEBHOOK_SECRET: SECRET, CHATISLAV_TEST_WORK: work })
delete process.env.CHATISLAV_WEBHOOK_SECRET_OLD
const app = await import('./apps/lambda.mjs')
after(() => rmSync(work, { recursive: true, force: true }))

const signing = new Webhook(SECRET)
const CONTEXT = { awsRequestId: '8a5d9d2e-6f5a-4d0b-9a53-0c4f7c2f5a11', functionName: 'webhooks', getRemainingTimeInMillis: () => 3_000 }

const refusal = (code) => `{"error":"${code}"}`
let bodies = 0

/** A lead whose words are not all ASCII, each time another. */
function lead(fields = {}) {
  bodies += 1
  const data = { form_data: [{ field: 'name', value: `Zoë 🚚 ${bodies}` }] }
  return Buffer.from(JSON.stringify({ event: 'lead_collection', timestamp: '2026-06-23T12:00:00.000000', data, ...fields }, null, 1))
}

for (const [service, eventOf] of Object.entries(SERVICES)) {
  for (const binary of [false, true]) {
    describe(`${service}, ${binary ? 'base64' : 'text'}`, () => {
      const listed = service.includes('multi-value')
      const call = async (body, { method = 'POST', signatures = [signing.sign(body)], to = app.hook } = {}) => {
        const sent = { body: body.toString(binary ? 'base64' : 'utf8'), isBase64Encoded: binary }
        const answer = await to(eventOf({ method, signatures, sent }), CONTEXT)
        if (answer.isBase64Encoded !== undefined) {
          assert.equal(answer.isBase64Encoded, false)
          const lists = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, [value]]))
          if (listed) assert.deepEqual(answer.multiValueHeaders, lists)
        }
        return [answer.statusCode, answer.body, answer.headers]
      }
      const statuses = async (times, body, options) => {
        const all = []
        for (let time = 0; time < times; time += 1) all.push((await call(body, options))[0])
        return all
      }

      test('good and forged', async (context) => {
        context.mock.method(console, 'warn', () => {})
        for (const method of ['POST', 'PUT']) {
          const body = lead()
          const good = signing.sign(body)
          assert.deepEqual((await call(body, { method })).slice(0, 2), [204, ''])
          const [status, answer, headers] = await call(body, { method, signatures: ['0'.repeat(64)] })
          assert.deepEqual([status, answer], [401, refusal('signature_mismatch')])
          assert.equal(headers['content-type'], 'application/json')
          assert.deepEqual((await call(body, { method, signatures: [] })).slice(0, 2), [401, refusal('signature_missing')])
          assert.deepEqual((await call(body, { method, signatures: [`sha256=${good}`] })).slice(0, 2), [401, refusal('signature_malformed')])
          assert.equal((await call(body, { method, signatures: [good, good] }))[0], 204)
          // Without multi-value headers a load balancer hands on the last alone.
          const ambiguous = service === 'load balancer' ? 204 : 401
          assert.equal((await call(body, { method, signatures: ['0'.repeat(64), good] }))[0], ambiguous)
        }
        const [status, answer, headers] = await call(lead(), { method: 'GET' })
        assert.deepEqual([status, answer, headers.allow], [405, refusal('method_not_allowed'), 'POST, PUT'])
      })

      test('what the handler does', async (context) => {
        context.mock.method(console, 'error', () => {})
        context.mock.method(console, 'warn', () => {})
        assert.deepEqual((await call(Buffer.from('{"event": "voice_call_ended"}'))).slice(0, 2), [204, ''])
        for (const raise of ['plain', 'client', 'object', 'file', 'nothing', 'text']) assert.equal((await call(lead({ raise })))[0], 500)
        assert.deepEqual(await call(lead({ status: 503 })), [503, undefined, undefined])
        assert.deepEqual((await call(lead(), { to: app.returned })).slice(0, 2), [200, '{"got":"lead_collection"}'])
        assert.deepEqual((await call(Buffer.from('[]'))).slice(0, 2), [400, refusal('payload_invalid')])
        assert.deepEqual((await call(Buffer.from(''))).slice(0, 2), [400, refusal('payload_not_json')])
        const summary = (title) => Buffer.from(JSON.stringify({ event: 'conversation_summary', summary: { title } }))
        assert.deepEqual((await call(summary('T'), { to: app.typed })).slice(0, 2), [200, 'T'])
        assert.deepEqual((await call(summary(7), { to: app.typed })).slice(0, 2), [500, refusal('schema_mismatch')])
      })

      test('duplicates', async (context) => {
        context.mock.method(console, 'error', () => {})
        context.mock.method(console, 'warn', () => {})
        const body = lead()
        assert.deepEqual(await statuses(1, body, { to: app.once, signatures: ['0'.repeat(64)] }), [401])
        assert.deepEqual(await statuses(3, body, { to: app.once, method: 'PUT' }), [204, 200, 200])
        assert.deepEqual(await statuses(2, lead({ raise: 'plain' }), { to: app.once }), [500, 500])
        assert.deepEqual(await statuses(2, lead({ status: 503 }), { to: app.once }), [503, 503])
        const slow = lead({ sleep: 0.05 })
        const flight = await Promise.all([1, 2].map(() => call(slow, { to: app.once })))
        assert.deepEqual(flight.map(([status]) => status).sort(), [204, 503])
      })

      test('sizes', async (context) => {
        context.mock.method(console, 'warn', () => {})
        const read = () => readFileSync(join(work, 'handled'), 'utf8').trim().split('\n').map((line) => JSON.parse(line).bytes).at(-1)
        const large = lead({ messages: ['ż'.repeat(3 * 1024 * 1024)] })
        assert.equal((await call(large))[0], 204)
        assert.equal(read(), large.length)
        const tooLarge = lead({ messages: ['x'.repeat(9 * 1024 * 1024)] })
        assert.deepEqual((await call(tooLarge)).slice(0, 2), [413, refusal('body_too_large')])
        if (binary) {
          // What is no UTF-8 arrives unchanged: the signature fits and the payload is refused.
          assert.deepEqual((await call(Buffer.from([0xff, 0xfe, 0x7b]))).slice(0, 2), [400, refusal('payload_not_json')])
        }
      })
    })
  }
}

describe('with what no gateway sends', () => {
  const body = lead()
  const sent = { body: body.toString(), isBase64Encoded: false }
  const event = SERVICES['function URL']({ method: 'POST', signatures: [signing.sign(body)], sent })

  for (const [change, status, code] of [
    [{ body: undefined }, 401, 'signature_mismatch'],
    [{ body: null }, 401, 'signature_mismatch'],
    [{ body: {} }, 500, 'body_not_raw'],
    [{ body: 7 }, 500, 'body_not_raw'],
    [{ body: body }, 500, 'body_not_raw'],
    [{ body: '%%%', isBase64Encoded: true }, 500, 'body_not_raw'],
    [{ body: 'AAAA\nAAA', isBase64Encoded: true }, 500, 'body_not_raw'],
    [{ body: 'AA=A', isBase64Encoded: true }, 500, 'body_not_raw'],
    [{ body: 'AAA', isBase64Encoded: true }, 500, 'body_not_raw'],
    [{ body: '\ud800' }, 401, 'signature_mismatch'],
    [{ headers: null }, 401, 'signature_missing'],
    [{ headers: 'x' }, 401, 'signature_missing'],
    [{ headers: { 'x-chatislav-signature': 7 } }, 401, 'signature_malformed'],
    [{ multiValueHeaders: null }, 204, undefined],
    [{ requestContext: null }, 500, 'body_not_raw'],
    [{ requestContext: { http: 7 } }, 500, 'body_not_raw'],
    [{ requestContext: { http: { method: null } } }, 500, 'body_not_raw'],
  ]) {
    test(JSON.stringify(change), async (context) => {
      context.mock.method(console, 'warn', () => {})
      const answer = await app.hook({ ...event, ...change }, CONTEXT)
      assert.deepEqual([answer.statusCode, answer.body], [status, code === undefined ? '' : refusal(code)])
    })
  }

  for (const other of [undefined, null, 'x', 7, [], {}, { Records: [] }]) {
    test(`called with ${JSON.stringify(other)}`, async (context) => {
      context.mock.method(console, 'warn', () => {})
      assert.equal((await app.hook(other, CONTEXT)).statusCode, 500)
    })
  }
})
