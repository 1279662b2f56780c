// The test kit makes what Chatislav sends, and each of the faults that it names.
import assert from 'node:assert/strict'
import test from 'node:test'
import { inspect } from 'node:util'
import { Webhook } from 'chatislav-webhooks'
import { SignedRequest, Sender } from 'chatislav-webhooks/testing'
import { digest, refusal } from './support.mjs'

const sender = new Sender('s3cret', { seed: 7 })
const webhook = new Webhook(sender.secret)
const verdict = ({ body, headers }) => {
  try {
    return webhook.verify(body, headers).event
  } catch (error) {
    return error.code
  }
}

test('samples are in the sender’s style, with fields of one’s own', () => {
  const request = sender.lead({ form: { name: 'Zażółć' }, messages: [] })
  assert.match(String(request.body), /^\{"event": "lead_collection", "data": \{/)
  assert.match(String(request.body), /\{"field": "name", "value": "Za\\u017c\\u00f3\\u0142\\u0107"\}/)
  const event = webhook.verify(request.body, request.headers)
  assert.deepEqual({ ...event.form }, { name: 'Zażółć' })
  assert.deepEqual(event.messages, [])
  assert.ok(Math.abs(event.sentAt - Date.now()) < 60_000)
  const summary = sender.summary({ summary: { title: 'T' } })
  assert.deepEqual(webhook.verify(summary.body, summary.headers).summary, { title: 'T' })
  assert.notEqual(String(sender.lead().body), String(sender.lead().body))
  assert.deepEqual(request.signatures, [digest(request.body, 's3cret')])
})

test('each fault has its verdict', () => {
  const request = sender.lead()
  for (const [made, expect] of [
    [request, 'lead_collection'],
    [request.put(), 'lead_collection'],
    [request.repeated(), 'lead_collection'],
    [request.tampered(), 'signature_mismatch'],
    [request.reserialised(), 'signature_mismatch'],
    [request.unsigned(), 'signature_missing'],
    [request.signedWith('old'), 'signature_mismatch'],
    [request.ambiguous(), 'signature_ambiguous'],
    [request.withSignature('x'), 'signature_malformed'],
    [sender.raw(Buffer.from('[]')), 'payload_invalid'],
    [sender.raw(new Uint8Array()).tampered(), 'signature_mismatch'],
    [sender.event({ event: 'x' }).withHeader('X-Token', 'v'), 'x'],
  ]) {
    assert.equal(verdict(made), expect)
  }
  assert.equal(request.put().method, 'PUT')
  assert.equal(request.withMethod('GET').method, 'GET')
})

test('reserialised JSON is equal JSON', () => {
  for (const request of [sender.lead(), sender.raw(Buffer.from('{"event":"x"}'))]) {
    const again = request.reserialised()
    assert.ok(!again.body.equals(request.body))
    assert.deepEqual(JSON.parse(again.body), JSON.parse(request.body))
  }
})

test('it is handed to fetch, to inject and to Lambda', async () => {
  const request = sender.lead().ambiguous()
  const fetched = request.request('http://example.com/hook')
  assert.deepEqual([fetched.method, fetched.url], ['POST', 'http://example.com/hook'])
  assert.ok(Buffer.from(await fetched.arrayBuffer()).equals(request.body))
  assert.equal(refusal(() => webhook.verify(request.body, fetched.headers)).code, 'signature_ambiguous')
  const injected = request.inject('/hook')
  assert.deepEqual([injected.method, injected.url, injected.payload.equals(request.body)], ['POST', '/hook', true])
  for (const format of ['1.0', '2.0', 'alb', 'alb-multi', 'url']) {
    const event = request.lambda(format, { binary: true })
    assert.ok(Buffer.from(event.body, 'base64').equals(request.body))
    assert.equal(refusal(() => webhook.verify(request.body, event.multiValueHeaders ?? event.headers)).code, 'signature_ambiguous')
    assert.equal(request.lambda(format).body, String(request.body))
  }
})

test('nothing of it is printed', () => {
  const request = sender.lead({ form: { marker: 'marker' } })
  assert.ok(request instanceof SignedRequest)
  assert.ok(!inspect([sender, request]).includes('marker'))
})
