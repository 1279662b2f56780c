// The signature is found in every shape of headers, and what is no headers has none.
import assert from 'node:assert/strict'
import { createServer, request as httpRequest } from 'node:http'
import test from 'node:test'
import vm from 'node:vm'
import { Unsigned, Webhook } from 'chatislav-webhooks'
import { BODY, digest, refusal, SECRET } from './support.mjs'

const webhook = new Webhook(SECRET)
const SIGNATURE = digest(BODY)
const OTHER = '0'.repeat(64)
const NAME = 'X-Chatislav-Signature'

/** Each shape, made from pairs. */
const SHAPES = {
  Headers: (pairs) => new Headers(pairs),
  pairs: (pairs) => pairs,
  'a generator of pairs': (pairs) => (function* () { yield* pairs })(),
  rawHeaders: (pairs) => pairs.flat(),
  Map: (pairs) => new Map(grouped(pairs)),
  'an object, lists for repeats': (pairs) => Object.fromEntries(grouped(pairs)),
  'headersDistinct': (pairs) => Object.assign(Object.create(null), Object.fromEntries(pairs.map(([name]) => [name, pairs.filter(([other]) => other === name).map(([, value]) => value)]))),
  'an object, joined': (pairs) => Object.fromEntries(grouped(pairs).map(([name, values]) => [name, [values].flat().join(', ')])),
  'of another realm': (pairs) => vm.runInNewContext(`new Map(${JSON.stringify(grouped(pairs))})`),
}

function grouped(pairs) {
  const names = [...new Set(pairs.map(([name]) => name))]
  return names.map((name) => {
    const values = pairs.filter(([other]) => other === name).map(([, value]) => value)
    return [name, values.length === 1 ? values[0] : values]
  })
}

const CASES = [
  ['found', [['host', 'x'], [NAME, SIGNATURE]], 'verified'],
  ['in lower case', [[NAME.toLowerCase(), SIGNATURE]], 'verified'],
  ['in upper case', [[NAME.toUpperCase(), SIGNATURE]], 'verified'],
  ['twice, equal', [[NAME, SIGNATURE], [NAME, SIGNATURE]], 'verified'],
  ['twice, different', [[NAME, SIGNATURE], [NAME, OTHER]], 'signature_ambiguous'],
  ['absent', [['host', 'x'], ['x-chatislav-signature-2', SIGNATURE]], 'signature_missing'],
  ['blank', [[NAME, '']], 'signature_missing'],
  ['another', [[NAME, OTHER]], 'signature_mismatch'],
]

for (const [shape, make] of Object.entries(SHAPES)) {
  for (const [why, pairs, expect] of CASES) {
    test(`${shape}: ${why}`, () => {
      if (expect === 'verified') webhook.verify(BODY, make(pairs))
      else assert.equal(refusal(() => webhook.verify(BODY, make(pairs))).code, expect)
    })
  }
}

test('the same name in two cases is the same header', () => {
  for (const headers of [
    { [NAME]: SIGNATURE, [NAME.toLowerCase()]: OTHER },
    new Map([[NAME, SIGNATURE], [NAME.toLowerCase(), OTHER]]),
  ]) {
    assert.equal(refusal(() => webhook.verify(BODY, headers)).code, 'signature_ambiguous')
  }
})

test('what node:http makes of a request: headers, headersDistinct, rawHeaders', async () => {
  const server = createServer((request, response) => {
    const verdicts = [request.headers, request.headersDistinct, request.rawHeaders].map((headers) => {
      try {
        return webhook.verify(BODY, headers).event
      } catch (error) {
        return error.code
      }
    })
    response.end(JSON.stringify(verdicts))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const ask = (values) =>
    new Promise((resolve, reject) => {
      const sent = httpRequest({ port: server.address().port, headers: { [NAME]: values } }, async (response) => {
        let text = ''
        for await (const piece of response) text += piece
        resolve(JSON.parse(text))
      })
      sent.on('error', reject).end()
    })
  assert.deepEqual(await ask(SIGNATURE), Array(3).fill('lead_collection'))
  assert.deepEqual(await ask([SIGNATURE, SIGNATURE]), Array(3).fill('lead_collection'))
  assert.deepEqual(await ask([SIGNATURE, OTHER]), Array(3).fill('signature_ambiguous'))
  server.closeAllConnections()
  server.close()
})

test('values that are bytes are text; what is neither is no signature', () => {
  webhook.verify(BODY, { [NAME]: Buffer.from(SIGNATURE) })
  for (const value of [7, {}, true, Symbol('x'), [[SIGNATURE]], new Date()]) {
    assert.equal(refusal(() => webhook.verify(BODY, { [NAME]: value })).code, 'signature_malformed')
  }
  for (const value of [undefined, null, [], [null]]) {
    assert.match(refusal(() => webhook.verify(BODY, { [NAME]: value })).code, /signature_(missing|malformed)/)
  }
})

test('what is no headers has no signature', () => {
  const endless = (function* () { for (;;) yield ['host', 'x'] })()
  const hostile = new Proxy({}, { ownKeys() { throw new Error('marker') } })
  const getter = Object.defineProperty({}, NAME, { enumerable: true, get() { throw new Error('marker') } })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  for (const headers of [undefined, null, 7, 'x', Symbol('x'), () => [], [], [7], [[]], [[NAME]], endless, hostile, getter, proxy, new Set([1])]) {
    assert.equal(refusal(() => webhook.verify(BODY, headers)).code, 'signature_missing')
  }
})

test('a request handed in for its headers is named', () => {
  const request = new Request('http://x/', { headers: { [NAME]: SIGNATURE } })
  const error = refusal(() => webhook.verify(BODY, request))
  assert.equal(error.code, 'signature_missing')
  assert.match(error.hint, /request\.headers/)
})

test('characters that only look like digits when they are cut to a byte are none', () => {
  const lookalike = SIGNATURE.replace(/[0-9]/, (digit) => String.fromCharCode(0x100 + digit.charCodeAt(0)))
  assert.equal(refusal(() => webhook.verify(BODY, { [NAME]: lookalike })).code, 'signature_malformed')
  assert.equal(refusal(() => webhook.verifySignature(BODY, lookalike)).code, 'signature_malformed')
})

test('long values, and lists of them', () => {
  for (const length of [63, 65, 75, 76, 77, 78, 79, 80, 81, 82, 1_000, 1_000_000]) {
    for (const letter of ['a', 'é', '🔑']) {
      assert.equal(refusal(() => webhook.verifySignature(BODY, letter.repeat(length))).code, 'signature_malformed')
    }
  }
  webhook.verifySignature(BODY, `${SIGNATURE}${' '.repeat(1_000)}`)
  webhook.verifySignature(BODY, [SIGNATURE, ` ${SIGNATURE}\t`])
  assert.equal(refusal(() => webhook.verifySignature(BODY, [SIGNATURE, OTHER])).code, 'signature_ambiguous')
  for (const nothing of [undefined, null, [], '', ' ', ',']) {
    assert.equal(refusal(() => webhook.verifySignature(BODY, nothing)).code, 'signature_missing')
  }
})

test('the required header of Unsigned', () => {
  const unsigned = new Unsigned({ requiredHeader: ['X-Token', 'long random value'] })
  for (const headers of [{ 'x-token': 'long random value' }, new Headers({ 'X-TOKEN': ' long random value ' }), ['x-token', 'long random value']]) {
    assert.equal(unsigned.read(BODY, headers).event, 'lead_collection')
  }
  for (const [headers, code] of [
    [{}, 'signature_missing'],
    [{ 'x-token': 'another' }, 'signature_mismatch'],
    [{ 'x-token': ['long random value', 'another'] }, 'signature_ambiguous'],
  ]) {
    assert.equal(refusal(() => unsigned.read(BODY, headers)).code, code)
  }
  assert.equal(refusal(() => new Unsigned({ requiredHeader: ['x-token', ' '] })).code, 'secret_blank')
  for (const requiredHeader of ['x-token', ['x'], ['x', 1], [1, 'x'], {}]) {
    assert.throws(() => new Unsigned({ requiredHeader }), TypeError)
  }
})

test('what only looks like Headers', () => {
  for (const value of [undefined, null, 7, {}, Symbol('x'), [7], new Blob([SIGNATURE])]) {
    const code = refusal(() => webhook.verify(BODY, { get: () => value, append() {} })).code
    assert.match(code, /^signature_(missing|malformed)$/)
    assert.match(refusal(() => new Unsigned({ requiredHeader: ['x', 'y'] }).read(BODY, { get: () => value, append() {} })).code, /^signature_/)
  }
  webhook.verify(BODY, { get: () => SIGNATURE, append() {} })
})

test('a promise of headers is named', () => {
  assert.match(refusal(() => webhook.verify(BODY, Promise.resolve(new Headers()))).hint, /await/)
})

test('values that are too long are not taken along', () => {
  const long = 'a'.repeat(2 ** 26)
  const started = process.memoryUsage().rss
  for (const value of [long, Array(200).fill(long)]) {
    assert.equal(refusal(() => webhook.verify(BODY, { [NAME]: value })).code, 'signature_malformed')
    assert.equal(refusal(() => webhook.verifySignature(BODY, value)).code, 'signature_malformed')
  }
  assert.ok(process.memoryUsage().rss - started < 2 ** 30)
})
