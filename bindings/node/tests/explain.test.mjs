// Why a signature does not fit: core's search through the Node surface, with every shared vector.
import assert from 'node:assert/strict'
import test from 'node:test'
import { Webhook } from 'chatislav-webhooks'
import { BODY, bytesOf, digest, refusal, SECRET, signed, vectors } from './support.mjs'

const COMPACT = Buffer.from(BODY.toString().replaceAll('": ', '":').replaceAll(', "', ',"'))

test('each mistake of another program is named', () => {
  for (const { why, body, headers, secrets, expect, sees = [], offset, line, column } of vectors('explain')) {
    const explanation = new Webhook(secrets.map(bytesOf)).explain(bytesOf(body), headers)
    assert.equal(explanation.change ?? null, expect, why)
    assert.equal(explanation.found, expect !== null, why)
    assert.equal(explanation.observations.length, sees.length, why)
    for (const [is, expected] of [[explanation.offset, offset], [explanation.line, line], [explanation.column, column]]) {
      assert.ok(expected === undefined || is === expected, why)
    }
  }
})

test('an explanation', () => {
  const webhook = new Webhook(['new', SECRET])
  const { message, fix, tried, ...explanation } = webhook.explain(COMPACT, signed(BODY))
  assert.deepEqual(explanation, {
    found: true, change: 'json_python', changes: ['json_python'], secretIndex: 1, offset: 9, line: 1, column: 10,
    atHand: '{"event":"lead_collection","d...', signed: '{"event": "lead_collection", ...', observations: [], complete: true,
  })
  assert.match(message, /the secret is right and the bytes differ/)
  assert.match(fix, /express\.raw/)
  assert.ok(tried > 10)
  assert.equal(refusal(() => webhook.verify(COMPACT, signed(BODY))).code, 'signature_mismatch')
})

test('nothing is found', () => {
  const explanation = new Webhook(SECRET).explain(BODY, signed(BODY, 'another'))
  assert.equal(explanation.found, false)
  for (const name of ['change', 'secretIndex', 'offset', 'line', 'column', 'atHand', 'signed']) assert.equal(explanation[name], undefined)
})

test('bodies and headers', () => {
  const webhook = new Webhook(SECRET)
  for (const body of [BODY, new Uint8Array(BODY), new DataView(new Uint8Array(BODY).buffer), BODY.toString()]) {
    assert.equal(webhook.explain(body, new Headers(signed(BODY))).change, 'none')
  }
  const github = { 'X-Hub-Signature-256': `sha256=${digest(BODY)}` }
  assert.equal(webhook.explain(BODY, github).change, 'header_name+header_prefix')
  for (const body of [undefined, null, 7, {}, []]) {
    assert.equal(refusal(() => webhook.explain(body, signed(BODY))).code, 'body_not_raw')
  }
})
