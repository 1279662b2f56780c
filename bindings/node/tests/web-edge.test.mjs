// The web entry in real edge runtimes: workerd, which runs Workers, and the one of Vercel Edge.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import * as main from 'chatislav-webhooks'
import { EdgeRuntime } from 'edge-runtime'

import { bundled } from './web/bundled.mjs'
import { outcomes, SECRET } from './web/outcomes.mjs'
import { vectors } from './web/vectors.mjs'

process.emitWarning = () => {}

const carried = (value) => JSON.parse(JSON.stringify(value))
const body = '{"event": "lead_collection", "data": {"form_data": [{"field": "name", "value": "Ada"}]}}'
const signed = (secret, bytes = body) => ({ path: '/', method: 'POST', body: bytes, headers: { 'x-chatislav-signature': new main.Webhook(secret).sign(Buffer.from(bytes)) } })
const old = (index) => (index % 2 ? 'whsec old' : SECRET)
const requests = [
  { path: '/vectors', method: 'POST', body: JSON.stringify(vectors), headers: {} },
  ...Array.from({ length: 20 }, (_, index) => signed(old(index))),
  signed('forged'),
  { path: '/', method: 'PUT', body, headers: {} },
  signed(SECRET, '{"event": 1}'),
]

/** What the runtime answered, held against the addon. */
async function check([judged, ...answers]) {
  const ours = carried(await outcomes(main, vectors))
  const theirs = JSON.parse(judged.text)
  for (const [name, list] of Object.entries(ours)) {
    list.forEach((outcome, index) => assert.deepEqual(theirs[name][index], outcome, `${name} ${index}, ${vectors[name]?.[index]?.why ?? ''}`))
    assert.equal(theirs[name].length, list.length)
  }
  const good = Array.from({ length: 20 }, (_, index) => [200, { event: 'lead_collection', secretIndex: index % 2, form: { name: 'Ada' } }])
  const refused = [[401, { error: 'signature_mismatch' }], [401, { error: 'signature_missing' }], [400, { error: 'payload_invalid' }]]
  assert.deepEqual(answers.map(({ status, text }) => [status, JSON.parse(text)]), [...good, ...refused])
}

test('workerd', { timeout: 120_000 }, async () => {
  const script = await bundled(['workerd'], 'esm')
  const node = Number.parseInt(process.versions.node, 10) >= 22 ? process.execPath : fileURLToPath(new URL('bin/node', import.meta.resolve('node-22/package.json')))
  const child = spawn(node, [fileURLToPath(new URL('web/workerd.mjs', import.meta.url))], { stdio: ['pipe', 'pipe', 'pipe'] })
  try {
    child.stdin.end(JSON.stringify({ script, requests }))
    const [out, said] = await Promise.all([text(child.stdout), text(child.stderr)])
    assert.ok(out, said)
    await check(JSON.parse(out))
  } finally {
    child.kill()
  }
})

test('edge-runtime', { timeout: 60_000 }, async () => {
  const runtime = new EdgeRuntime({ initialCode: await bundled(['edge-light'], 'iife') })
  runtime.evaluate('console.warn = () => {}')
  const answers = []
  for (const { path, ...request } of requests) {
    const response = await runtime.dispatchFetch(`http://worker${path}`, request)
    answers.push({ status: response.status, text: await response.text() })
  }
  await check(answers)
})
