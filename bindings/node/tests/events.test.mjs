// What an event says, and what nobody can make of it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import test from 'node:test'
import * as entry from 'chatislav-webhooks'
import { BODY, digest, refusal, SECRET, signed } from './support.mjs'

const webhook = new entry.Webhook(SECRET)
const read = (json) => webhook.verify(Buffer.from(json), signed(json))

test('a lead', () => {
  const json = '{"event": "lead_collection", "data": {"form_data": [{"field": "name", "value": "Ada"}, {"field": "name", "value": "Eve"}, {"field": 7, "value": 1}, {"field": "none"}, "x", null, {"field": "__proto__", "value": {"polluted": true}}], "bot_id": 7}, "timestamp": "2026-06-23T12:00:00.123456", "messages": [{"role": "user"}]}'
  const event = read(json)
  assert.equal(event.event, 'lead_collection')
  assert.deepEqual(event.payload, JSON.parse(json))
  assert.equal(event.data, event.payload.data)
  assert.equal(event.messages, event.payload.messages)
  assert.equal(Object.getPrototypeOf(event.form), null)
  assert.deepEqual(Object.keys(event.form), ['name', '__proto__'])
  assert.equal(event.form.name, 'Eve')
  assert.equal({}.polluted, undefined)
  assert.equal(event.form, event.form)
  assert.equal(event.timestamp, '2026-06-23T12:00:00.123456')
  assert.equal(event.sentAt.toISOString(), '2026-06-23T12:00:00.123Z')
  assert.equal(event.secretIndex, 0)
  assert.equal(event.deliveryKey, execFileSync('sha256sum', { input: json, encoding: 'utf8' }).slice(0, 64))
  assert.ok(!('summary' in event))
})

test('a summary, and an event to come', () => {
  const summary = read('{"event": "conversation_summary", "summary": {"title": "T"}}')
  assert.equal(summary.event, 'conversation_summary')
  assert.deepEqual(summary.summary, { title: 'T' })
  for (const absent of ['messages', 'timestamp', 'sentAt']) assert.equal(summary[absent], undefined)
  assert.ok(!('form' in summary) && !('data' in summary))
  const other = read('{"event": "voice_call_ended", "call": 1, "messages": {}, "timestamp": 7}')
  assert.equal(other.event, 'voice_call_ended')
  for (const absent of ['messages', 'timestamp', 'sentAt']) assert.equal(other[absent], undefined)
})

test('raw has integers exact that JSON.parse rounds', () => {
  const event = read('{"event": "x", "n": 12345678901234567890}')
  assert.match(Buffer.from(event.raw).toString(), /12345678901234567890/)
  assert.equal(event.payload.n, 12345678901234567000)
})

test('raw is the memory that was handed in', () => {
  const body = Buffer.from(BODY)
  assert.equal(webhook.verify(body, signed(body)).raw, body)
})

test('text beyond ASCII, raw and escaped', () => {
  for (const json of ['{"event": "x", "t": "Zażółć 🚚"}', '{"event": "x", "t": "Za\\u017c\\u00f3\\u0142\\u0107 \\ud83d\\ude9a"}', '{"event": "x", "t": "\\u2028\u2028"}']) {
    assert.deepEqual(read(json).payload, JSON.parse(json))
  }
})

test('the rotation tells which secret signed', () => {
  const rotating = new entry.Webhook(['new', Buffer.from('old')])
  assert.equal(rotating.verify(BODY, signed(BODY, 'new')).secretIndex, 0)
  assert.equal(rotating.verify(BODY, signed(BODY, 'old')).secretIndex, 1)
  assert.equal(rotating.sign(BODY), digest(BODY, 'new'))
})

test('nobody else makes an event, and nobody changes one', () => {
  const event = read('{"event": "lead_collection", "data": {}}')
  assert.throws(() => new event.constructor(Symbol('ours'), 0, {}, BODY, {}), TypeError)
  for (const name of ['event', 'payload', 'data', 'messages', 'timestamp', 'sentAt', 'raw', 'deliveryKey', 'secretIndex', 'form']) {
    assert.throws(() => {
      event[name] = 'x'
    }, TypeError, name)
  }
  assert.deepEqual(Object.keys(entry).sort(), ['DEFAULT_MAX_BODY', 'SIGNATURE_HEADER', 'Unsigned', 'Webhook', 'WebhookError'])
})

test('an event is printed without what it says, and serialised with all of it', () => {
  const json = '{"event": "lead_collection", "data": {"marker": 1}}'
  const event = read(json)
  assert.equal(inspect(event), `<LeadCollection, ${json.length} bytes>`)
  assert.ok(!inspect({ event }, { depth: 9, showHidden: true }).includes('marker'))
  assert.deepEqual(JSON.parse(JSON.stringify(event)), JSON.parse(json))
})

test('an unverified event is of another class', () => {
  const event = new entry.Unsigned().read(Buffer.from('{"event": "lead_collection", "data": {"form_data": [{"field": "a", "value": 1}]}}'), {})
  assert.deepEqual([event.event, event.summary, event.form.a, 'secretIndex' in event], ['lead_collection', undefined, 1, false])
  assert.match(inspect(event), /^<UnverifiedEvent, \d+ bytes>$/)
  const other = new entry.Unsigned().read(Buffer.from('{"event": "conversation_summary", "summary": {}}'), {})
  assert.deepEqual([other.data, { ...other.form }, other.summary], [undefined, {}, {}])
})

const ZONES = ['UTC', 'America/St_Johns', 'Pacific/Auckland', 'Asia/Kolkata']
for (const zone of ZONES) {
  test(`sentAt is UTC where the machine is in ${zone}`, () => {
    const script = `
      const { Webhook } = require('chatislav-webhooks')
      const webhook = new Webhook('s')
      // A time that does not exist in St. John's in 2026, and one that does everywhere.
      for (const text of ['2026-03-08T02:30:00.000000', '2026-06-23T12:00:00', '2026-06-23T14:00:00+02:00']) {
        const body = Buffer.from(JSON.stringify({ event: 'x', timestamp: text }))
        console.log(webhook.verify(body, { 'x-chatislav-signature': webhook.sign(body) }).sentAt.toISOString())
      }`
    const said = execFileSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      env: { ...process.env, TZ: zone },
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    })
    assert.equal(said, '2026-03-08T02:30:00.000Z\n2026-06-23T12:00:00.000Z\n2026-06-23T12:00:00.000Z\n')
  })
}

test('maxAge: the boundary, the future, an unreadable time', () => {
  const json = '{"event": "x", "timestamp": "2026-06-23T12:00:00.000000"}'
  const sent = Date.UTC(2026, 5, 23, 12)
  const fresh = new entry.Webhook(SECRET, { maxAge: 300 })
  const at = (now, body = json) => fresh.verify(Buffer.from(body), signed(body), { now })
  for (const offset of [0, 300_000, -300_000]) at(sent + offset)
  at(new Date(sent))
  for (const offset of [300_001, -300_001, 1e15, -1e15]) assert.equal(refusal(() => at(sent + offset)).code, 'event_stale')
  const error = refusal(() => at(sent, '{"event": "x"}'))
  assert.deepEqual([error.code, error.path], ['payload_invalid', 'timestamp'])
  for (const now of [Number.NaN, Infinity, 'x', {}, null, new Date('x'), Object.create(Date.prototype), 7n]) {
    const error = refusal(() => at(now))
    assert.deepEqual([error.code, error.httpStatus, error.path], ['schema_mismatch', 500, 'now'])
  }
  assert.equal(refusal(() => fresh.verify(Buffer.from(json.replace('2026', '2019')), signed(json.replace('2026', '2019')))).code, 'event_stale')
})

test('maxAge is exact to the millisecond', () => {
  for (let offset = 0; offset < 1_000; offset += 7) {
    const sent = Date.UTC(2026, 5, 23, 12) + offset
    const json = JSON.stringify({ event: 'x', timestamp: new Date(sent).toISOString() })
    const fresh = new entry.Webhook(SECRET, { maxAge: 300 })
    fresh.verify(Buffer.from(json), signed(json), { now: sent + 300_000 })
    assert.equal(refusal(() => fresh.verify(Buffer.from(json), signed(json), { now: sent + 300_001 })).code, 'event_stale')
  }
})
