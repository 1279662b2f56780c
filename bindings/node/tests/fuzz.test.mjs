// Bad input gets one of our errors, whatever it is. The seed is printed; FUZZ_SEED repeats a run.
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Unsigned, Webhook, WebhookError } from 'chatislav-webhooks'
import { BODY, SECRET, signed } from './support.mjs'

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
const RUNS = Number(process.env.FUZZ_RUNS ?? 3_000)
console.log(`FUZZ_SEED=${seed}`)
const check = (property, numRuns = RUNS) => fc.assert(property, { seed, numRuns })

const webhook = new Webhook(SECRET, { maxAge: 60 })
const plain = new Webhook(SECRET)
const unsigned = new Unsigned({ requiredHeader: ['x-token', 'value'] })

/** Our error, or the result. */
function only(call) {
  try {
    return call()
  } catch (error) {
    assert.ok(error instanceof WebhookError, `${error?.stack}`)
    return error
  }
}

const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withSparseArray: true, withNullPrototype: true, withObjectString: true }),
  fc.uint8Array(),
  fc.func(fc.anything()),
  fc.constantFrom(new SharedArrayBuffer(9), new ArrayBuffer(9), new DataView(new ArrayBuffer(9)), BODY),
)
const value = fc.oneof(anything, fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9a-fA-F]{60,68}$/), fc.constant(signed(BODY)['x-chatislav-signature']))
const headers = fc.oneof(
  anything,
  fc.record({ 'X-Chatislav-Signature': value, 'x-token': value }),
  fc.array(fc.tuple(fc.constantFrom('x-chatislav-signature', 'X-Token', 'host'), value)),
  fc.array(fc.oneof(fc.constant('x-chatislav-signature'), value)),
)

test('any body, headers and time', () => {
  check(fc.property(anything, headers, anything, (body, given, now) => {
    only(() => webhook.verify(body, given, { now }))
    only(() => unsigned.read(body, given))
    only(() => webhook.verifySignature(body, given))
    only(() => webhook.sign(body))
  }))
})

test('any secrets', () => {
  check(fc.property(fc.oneof(anything, fc.array(anything)), (secrets) => void only(() => new Webhook(secrets))))
})

test('any bytes, rightly signed: an event or payload_*', () => {
  const json = fc.json({ maxDepth: 6, noUnicodeString: false }).map((text) => Buffer.from(text))
  const event = fc
    .record({ event: fc.constantFrom('lead_collection', 'conversation_summary', 'x'), data: fc.jsonValue(), summary: fc.jsonValue(), messages: fc.jsonValue(), timestamp: fc.jsonValue() }, { requiredKeys: ['event'] })
    .map((payload) => Buffer.from(JSON.stringify(payload)))
  const broken = fc.tuple(event, fc.nat(), fc.nat(255)).map(([body, at, byte]) => {
    body[at % body.length] = byte
    return body
  })
  check(fc.property(fc.oneof(fc.uint8Array().map(Buffer.from), json, event, broken), (body) => {
    const got = only(() => plain.verify(body, signed(body)))
    if (got instanceof WebhookError) return assert.match(got.code, /^payload_/)
    // V8's parser agrees on every value.
    assert.deepEqual(got.payload, JSON.parse(String(body)))
    for (const name of ['event', 'messages', 'timestamp', 'sentAt', 'deliveryKey', 'form', 'data', 'summary']) void got[name]
  }))
})

test('any schema', () => {
  check(fc.property(anything, anything, (schema, schemas) => {
    only(() => plain.verify(BODY, signed(BODY), { schemas: { form: schema, data: schema } }))
    only(() => plain.verify(BODY, signed(BODY), { schemas }))
  }))
})
