// Every shape of bytes is taken, what may change is copied, and nothing else is taken.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import test from 'node:test'
import vm from 'node:vm'
import { Worker } from 'node:worker_threads'
import { Unsigned, Webhook } from 'chatislav-webhooks'
import { BODY, refusal, SECRET, signed } from './support.mjs'

const webhook = new Webhook(SECRET)

function within(body) {
  const around = new Uint8Array(body.length + 20).fill(32)
  around.set(body, 7)
  return around
}

const SHAPES = {
  Buffer: (body) => Buffer.from(body),
  'Buffer of the pool': (body) => Buffer.concat([body]),
  Uint8Array: (body) => new Uint8Array(body),
  'Uint8Array with an offset': (body) => within(body).subarray(7, 7 + body.length),
  ArrayBuffer: (body) => new Uint8Array(body).buffer,
  SharedArrayBuffer: (body) => shared(body),
  'Uint8Array on shared memory': (body) => new Uint8Array(shared(body)),
  'Buffer on shared memory': (body) => Buffer.from(shared(body)),
  DataView: (body) => new DataView(new Uint8Array(body).buffer),
  'DataView with an offset': (body) => new DataView(within(body).buffer, 7, body.length),
  'DataView on shared memory': (body) => new DataView(shared(body)),
  'resizable ArrayBuffer': (body) => {
    const buffer = new ArrayBuffer(body.length, { maxByteLength: body.length + 100 })
    new Uint8Array(buffer).set(body)
    return buffer
  },
  'of another realm': (body) => {
    const view = vm.runInNewContext(`new Uint8Array(${body.length})`)
    view.set(body)
    return view
  },
  'a subclass': (body) => new (class Bytes extends Uint8Array {})(body),
}

function shared(body) {
  const buffer = new SharedArrayBuffer(body.length)
  new Uint8Array(buffer).set(body)
  return buffer
}

for (const [shape, make] of Object.entries(SHAPES)) {
  for (const padding of [0, 300_000]) {
    test(`${shape}, ${padding} bytes of padding`, () => {
      const body = Buffer.concat([BODY, Buffer.alloc(padding, ' ')])
      const event = webhook.verify(make(body), signed(body))
      assert.equal(event.event, 'lead_collection')
      assert.equal(event.form.email, 'ada@example.com')
      assert.ok(Buffer.from(event.raw).equals(body))
      webhook.verifySignature(make(body), signed(body)['x-chatislav-signature'])
      assert.equal(webhook.sign(make(body)), signed(body)['x-chatislav-signature'])
      assert.equal(new Unsigned().read(make(body), {}).event, 'lead_collection')
    })
  }
}

test('shared memory is copied once, before it is hashed', () => {
  const memory = new Uint8Array(shared(BODY))
  const event = webhook.verify(memory, signed(BODY))
  memory.fill(0)
  assert.ok(Buffer.from(event.raw).equals(BODY))
  assert.ok(!(event.raw.buffer instanceof SharedArrayBuffer))
})

test('shared memory that another thread writes to is never half verified', async () => {
  const forged = Buffer.from(String(BODY).replace('ada@', 'eve@'))
  const memory = new SharedArrayBuffer(BODY.length + 4)
  const worker = new Worker(
    `const { workerData: [memory, one, other] } = require('node:worker_threads')
     const view = new Uint8Array(memory, 4); const stop = new Int32Array(memory, 0, 1)
     for (let turn = 0; Atomics.load(stop, 0) === 0; turn += 1) view.set(turn % 2 ? one : other)`,
    { eval: true, workerData: [memory, new Uint8Array(BODY), new Uint8Array(forged)] },
  )
  await new Promise((resolve) => worker.once('online', resolve))
  for (let turn = 0; turn < 5_000; turn += 1) {
    try {
      const event = webhook.verify(new Uint8Array(memory, 4), signed(BODY))
      assert.ok(Buffer.from(event.raw).equals(BODY))
      assert.equal(event.form.email, 'ada@example.com')
    } catch (error) {
      assert.equal(error.code, 'signature_mismatch')
    }
  }
  Atomics.store(new Int32Array(memory, 0, 1), 0, 1)
  await worker.terminate()
})

const NOT_RAW = [
  [undefined, 'nothing'],
  [null, 'nothing'],
  ['', 'text'],
  [String(BODY), 'text'],
  [JSON.parse(BODY), 'a parsed object'],
  [[], 'a parsed object'],
  [{}, 'a parsed object'],
  [7, 'something'],
  [7n, 'something'],
  [Symbol('x'), 'something'],
  [true, 'something'],
  [() => BODY, 'a function'],
  [Promise.resolve(BODY), 'a promise'],
  [Readable.from([BODY]), 'a stream'],
  [new Response('x').body, 'a stream'],
  [new Request('http://x/', { method: 'POST', body: 'x' }), 'a request'],
  [new Blob([BODY]), 'a Blob'],
  [new Uint16Array(8), 'an array of other numbers'],
  [new Int8Array(8), 'an array of other numbers'],
  [Object.create(Uint8Array.prototype), ''],
  [Object.create(ArrayBuffer.prototype), ''],
  [new Proxy(new Uint8Array(8), {}), ''],
  [new Proxy({}, { get() { throw new Error('marker') }, has() { throw new Error('marker') } }), ''],
  [detached(), 'a buffer was handed in that cannot be read'],
]

function detached() {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

test('anything but bytes is body_not_raw, and the hint says what it was and what to write', () => {
  for (const [body, start] of NOT_RAW) {
    for (const call of [
      () => webhook.verify(body, {}),
      () => webhook.verifySignature(body, 'x'),
      () => webhook.sign(body),
      () => new Unsigned().read(body, {}),
    ]) {
      const error = refusal(call)
      assert.equal(error.code, 'body_not_raw')
      assert.equal(error.httpStatus, 500)
      assert.ok(error.hint.startsWith(start), error.hint)
      for (const line of ['express.raw(', 'addContentTypeParser(', 'c.req.arrayBuffer()', 'request.arrayBuffer()', 'rawBody: true', 'isBase64Encoded']) {
        assert.ok(error.hint.includes(line), line)
      }
    }
  }
})

test('a transferred buffer has no bytes, and is no event', () => {
  const bytes = new Uint8Array(BODY)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  assert.equal(refusal(() => webhook.verify(bytes, signed(BODY))).code, 'signature_mismatch')
  assert.match(refusal(() => webhook.verify(bytes.buffer, signed(BODY))).code, /body_not_raw|signature_mismatch/)
})

test('a body over maxBody is refused, and before it is copied', () => {
  const small = new Webhook(SECRET, { maxBody: BODY.length })
  small.verify(BODY, signed(BODY))
  const larger = Buffer.concat([BODY, Buffer.from(' ')])
  for (const make of Object.values(SHAPES)) {
    const error = refusal(() => small.verify(make(larger), signed(larger)))
    assert.equal(error.code, 'body_too_large')
    assert.equal(error.httpStatus, 413)
  }
  assert.equal(refusal(() => new Unsigned({ maxBody: 3 }).read(BODY, {})).code, 'body_too_large')
  // 4 GiB that nobody could copy.
  assert.equal(refusal(() => small.verify(new SharedArrayBuffer(2 ** 32), {})).code, 'body_too_large')
})

test('an empty body', () => {
  assert.equal(refusal(() => webhook.verify(new Uint8Array(), signed(''))).code, 'payload_not_json')
  webhook.verifySignature(new ArrayBuffer(0), signed('')['x-chatislav-signature'])
})

test('what an object says of itself does not matter, its bytes do', () => {
  const forged = Buffer.from(String(BODY).replace('ada@', 'eve@'))
  class Bytes extends Uint8Array {
    toString() { return String(forged) }
    subarray() { return new Uint8Array(forged) }
  }
  const bodies = [
    Object.defineProperty(new Uint8Array(BODY), 'buffer', { value: new Uint8Array(forged).buffer }),
    Object.defineProperty(new Uint8Array(BODY), 'buffer', { get() { throw new Error('marker') } }),
    Object.defineProperty(new Uint8Array(BODY), 'byteLength', { value: 3 }),
    Object.assign(Buffer.from(BODY), { toString: () => String(forged), latin1Slice: () => String(forged) }),
    new Bytes(BODY),
    Object.setPrototypeOf(new Uint8Array(BODY), DataView.prototype),
  ]
  for (const body of bodies) assert.equal(webhook.verify(body, signed(BODY)).form.email, 'ada@example.com')
  const memory = Object.setPrototypeOf(shared(BODY), ArrayBuffer.prototype)
  assert.equal(webhook.verify(new Uint8Array(memory), signed(BODY)).form.email, 'ada@example.com')
  assert.equal(refusal(() => webhook.verify(Object.setPrototypeOf(new DataView(new ArrayBuffer(9)), Uint8Array.prototype), {})).code, 'body_not_raw')
})

test('the payload is what was verified, whatever becomes of the memory', () => {
  const body = Buffer.from(BODY)
  const event = webhook.verify(body, signed(BODY))
  body.fill(0)
  assert.equal(event.form.email, 'ada@example.com')
})
