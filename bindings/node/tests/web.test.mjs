// The web entry judges as the addon does: every shared vector and every code, through both.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { inspect } from 'node:util'

import * as main from 'chatislav-webhooks'
import * as web from 'chatislav-webhooks/web'
import { build } from 'esbuild'

import { outcomes, raw, SECRET } from './web/outcomes.mjs'
import { NAMES, vectors } from './web/vectors.mjs'

const warnings = []
console.warn = (text) => warnings.push(text)
process.emitWarning = (text) => warnings.push(text.replace(/ [0-9a-f]{8}:/, ':'))

const entries = { 'chatislav-webhooks': main, 'chatislav-webhooks/web': web }
const results = {}
for (const [name, entry] of Object.entries(entries)) results[name] = await outcomes(entry, vectors)

const codeOf = (outcome) => outcome.refused?.code ?? outcome.foreign

/** Rounded down, as `Date` does. */
const milliseconds = (microseconds) => Number((BigInt(microseconds) - (((BigInt(microseconds) % 1000n) + 1000n) % 1000n)) / 1000n)

/** What a vector expects of an outcome. */
const expected = {
  hmac({ expect }, [sign, verified]) {
    assert.equal(sign.value, expect)
    assert.deepEqual(verified, { value: undefined })
  },
  fingerprint({ expect }, outcome) {
    assert.deepEqual(outcome.value, [expect])
  },
  secret({ expect }, outcome) {
    assert.equal(codeOf(outcome) ?? 'ok', expect)
  },
  signature({ expect, secret }, outcomes) {
    for (const outcome of outcomes.slice(0, 4)) {
      assert.equal(codeOf(outcome) ?? 'verified', expect)
      if (expect === 'verified') assert.equal(outcome.value.secretIndex, secret ?? 0)
    }
    assert.equal(codeOf(outcomes[4]) ?? 'verified', expect.startsWith('signature_') ? expect : 'verified')
  },
  event(vector, outcomes) {
    for (const { refused, value, foreign } of outcomes.slice(0, 2)) {
      assert.equal(foreign, undefined)
      if (refused !== undefined) {
        assert.equal(refused.code, vector.expect)
        if ('path' in vector) assert.equal(refused.path, vector.path)
        continue
      }
      assert.equal(['conversation_summary', 'lead_collection'].includes(value.event) ? value.event : 'unknown', vector.expect)
      assert.equal(value.text, new TextDecoder('utf-8', { ignoreBOM: true }).decode(raw(vector.body)))
      assert.deepEqual(value.payload, JSON.parse(value.text))
      assert.equal(value.timestamp, vector.timestamp)
      assert.equal(value.sentAt, vector.sent_at === undefined ? undefined : milliseconds(vector.sent_at))
      assert.deepEqual(value.messages, vector.messages && JSON.parse(vector.messages))
      if ('subject' in vector) assert.deepEqual(value.summary ?? value.data, JSON.parse(vector.subject))
      if ('form' in vector) {
        const form = Object.entries(vector.form).map(([field, text]) => [field, JSON.parse(text)])
        assert.deepEqual(value.form, Object.fromEntries(form))
      }
      assert.ok(value.isBare)
    }
  },
  timestamp({ expect }, { value }) {
    assert.equal(value.sentAt, expect === null ? undefined : milliseconds(expect))
  },
  errors({ code, expect }, { refused }) {
    assert.deepEqual([refused.code, refused.httpStatus], [code, expect])
  },
}

for (const [entry, result] of Object.entries(results)) {
  for (const name of NAMES) {
    test(`${entry}: ${name}.json`, () => {
      vectors[name].forEach((vector, index) => {
        try {
          expected[name](vector, result[name][index])
        } catch (error) {
          error.message = `${entry}, ${name}.json, ${vector.why}: ${error.message}`
          throw error
        }
      })
      assert.ok(vectors[name].length > 0)
    })
  }
}

for (const name of [...NAMES, 'refusals']) {
  test(`both entries say the same: ${name}`, () => {
    const [ours, theirs] = Object.values(results).map((result) => result[name])
    ours.forEach((outcome, index) => {
      assert.deepEqual(theirs[index], outcome, `${name} ${index}, ${vectors[name]?.[index]?.why ?? ''}: the addon is expected, the web entry actual`)
    })
    assert.equal(theirs.length, ours.length)
  })
}

test('every code occurs', () => {
  const seen = new Set(JSON.stringify(results['chatislav-webhooks/web'].refusals).match(/(?<="code":")\w+/g))
  for (const { code } of vectors.event) seen.add(code)
  for (const one of vectors.errors) {
    // Adapters refuse a method; payloads are judged by event.json.
    if (one.code === 'method_not_allowed' || /^payload_(not_json|too_deep|invalid)$/.test(one.code)) continue
    assert.ok(seen.has(one.code), one.code)
  }
})

test('both entries export the same names, and so does the entry that throws', async () => {
  assert.deepEqual(Object.keys(web), Object.keys(main))
  const thrower = await readFile(new URL('edge.js', import.meta.resolve('chatislav-webhooks')), 'utf8')
  assert.deepEqual([...thrower.matchAll(/^export const (\w+)/gm)].map(([, name]) => name).sort(), Object.keys(main).sort())
})

test('both entries suspect the same secrets', () => {
  const suspect = (Webhook) => {
    warnings.length = 0
    for (const secret of [' s', 's\n', '\fs', '\vs', '"s"', "'s'", "'", '"s', '\ufeffs', 'CHATISLAV_WEBHOOK_SECRET=s', 's', '`\n`', Uint8Array.of(0x22, 0xff, 0x22)]) new Webhook(secret)
    return [...warnings]
  }
  const ours = suspect(main.Webhook)
  assert.deepEqual(suspect(web.Webhook), ours)
  assert.equal(ours.length, 9)
})

test('what a caller changes while the check is under way changes nothing', async () => {
  const webhook = new web.Webhook(SECRET, { maxAge: 60 })
  const body = raw('{"event": "lead_collection", "data": {"n": 1}, "timestamp": "2026-06-23T12:00:00"}')
  const before = Buffer.from(body)
  const headers = { 'x-chatislav-signature': await webhook.sign(body) }
  const options = { now: Date.UTC(2026, 5, 23, 12) }
  const verifying = webhook.verify(body, headers, options)
  const reading = new web.Unsigned({ requiredHeader: ['a', 'b'] }).read(body, { a: 'b' })
  const signing = webhook.sign(body)
  body.fill(0x20)
  headers['x-chatislav-signature'] = 'x'
  options.now = 0
  const event = await verifying
  assert.equal(event.data.n, 1)
  assert.deepEqual(Buffer.from(event.raw), before)
  assert.equal((await reading).data.n, 1)
  assert.equal(await signing, await webhook.sign(before))
  // A Buffer's own `slice` would share its memory.
  assert.notEqual((await webhook.verify(before, { 'x-chatislav-signature': await webhook.sign(before) }, { now: Date.UTC(2026, 5, 23, 12) })).raw.buffer, before.buffer)
})

test('calls made at once share nothing but the key', async (t) => {
  const importKey = t.mock.method(crypto.subtle, 'importKey')
  const webhook = new web.Webhook([SECRET, 'old'])
  const body = raw('{"event": "x"}')
  const old = await new web.Webhook('old').sign(body)
  // A promise belongs to its request in a Worker, so each of the first calls has its own.
  await Promise.all([webhook.sign(body), webhook.sign(body)])
  assert.equal(importKey.mock.callCount(), 3)
  const events = await Promise.all(Array.from({ length: 50 }, () => webhook.verify(body, { 'x-chatislav-signature': old })))
  assert.ok(events.every(({ secretIndex }) => secretIndex === 1))
})

test('every secret is tried, whichever matches', async (t) => {
  const webhook = new web.Webhook([SECRET, 'old', 'older'])
  const body = raw('{"event": "x"}')
  const good = await webhook.sign(body)
  const verify = t.mock.method(crypto.subtle, 'verify')
  for (const signature of [good, 'f'.repeat(64)]) await webhook.verifySignature(body, signature).catch(() => {})
  assert.equal(verify.mock.callCount(), 6)
})

test('the keys cannot be exported, and are imported once, not before the first call', async (t) => {
  const importKey = t.mock.method(crypto.subtle, 'importKey')
  const webhook = new web.Webhook(SECRET)
  assert.equal(importKey.mock.callCount(), 0)
  await webhook.sign(raw('x'))
  await webhook.sign(raw('x'))
  assert.deepEqual(importKey.mock.calls.map(({ arguments: [, , , extractable] }) => extractable), [false])
})

test('a schema may be asynchronous', async () => {
  const webhook = new web.Webhook(SECRET)
  const body = raw('{"event": "lead_collection", "data": {}}')
  const headers = { 'x-chatislav-signature': await webhook.sign(body) }
  const schema = (validate) => ({ '~standard': { version: 1, vendor: 'us', validate } })
  const event = await webhook.verify(body, headers, { schemas: { data: schema(async () => ({ value: 17 })) } })
  assert.equal(event.data, 17)
  for (const validate of [async () => ({ issues: [{ path: [] }] }), async () => { throw new Error('the body') }]) {
    await assert.rejects(webhook.verify(body, headers, { schemas: { data: schema(validate) } }), { code: 'schema_mismatch', path: 'data' })
  }
})

test('nothing gives a secret back', async () => {
  const webhook = new web.Webhook('marker-of-the-secret')
  const unsigned = new web.Unsigned({ requiredHeader: ['X-Token', 'marker-of-the-token'] })
  const refusal = await webhook.verify(raw('marker-of-the-body'), { 'x-chatislav-signature': await webhook.sign(raw('marker-of-the-body')) }).catch((error) => error)
  assert.equal(inspect(webhook), '<Webhook>')
  assert.equal(inspect(unsigned), '<Unsigned, requires "X-Token">')
  const options = { showHidden: true, depth: 9, customInspect: false }
  for (const held of [webhook, unsigned, refusal, structuredClone(webhook), structuredClone(unsigned)]) {
    assert.doesNotMatch(inspect(held, options) + JSON.stringify(held) + Object.getOwnPropertyNames(held) + String(held.stack), /marker-of/)
  }
  assert.ok(webhook[Symbol.for('chatislav-webhooks.Webhook')])
})

test('a view of a buffer that was transferred away has no bytes', async () => {
  const gone = () => {
    const body = raw('{"event": "x"}')
    structuredClone(body.buffer, { transfer: [body.buffer] })
    return body
  }
  const refusal = { code: 'payload_not_json', path: 'byte 0' }
  assert.throws(() => new main.Unsigned().read(gone(), {}), refusal)
  await assert.rejects(new web.Unsigned().read(gone(), {}), refusal)
})

test('the web entry needs nothing of Node', async () => {
  // For a neutral platform, a module of Node's would not resolve.
  const { metafile } = await build({
    stdin: { contents: "export * from 'chatislav-webhooks/web'", resolveDir: import.meta.dirname },
    bundle: true, write: false, metafile: true, format: 'esm', platform: 'neutral',
  })
  assert.deepEqual(Object.keys(metafile.inputs).filter((input) => /native|lib\/webhook/.test(input)), [])
})
