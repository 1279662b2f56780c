// Whatever comes, both entries say the same. FUZZ_SEED repeats a run, FUZZ_MS lengthens each property's.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as main from 'chatislav-webhooks'
import * as web from 'chatislav-webhooks/web'
import fc from 'fast-check'

import { outcome, SECRET, shown } from './web/outcomes.mjs'

console.warn = () => {}
process.emitWarning = () => {}

const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
const TIME = Number(process.env.FUZZ_MS ?? 1_200)
const NOON = Date.UTC(2026, 5, 23, 12)
const signer = new main.Webhook(SECRET)
const text = (value) => new TextEncoder().encode(value)
const joined = (parts) => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))

/** Runs the call with each entry. */
async function agree(call) {
  const ours = await outcome(main, () => call(main))
  assert.deepEqual(await outcome(web, () => call(web)), ours, 'the addon is expected, the web entry actual')
  return ours
}

function property(name, arbitrary, judge, isEnough = () => true) {
  test(name, { timeout: TIME * 10 + 60_000 }, async (t) => {
    t.diagnostic(`FUZZ_SEED=${SEED}`)
    const codes = {}
    let runs = 0
    await fc.assert(
      fc.asyncProperty(arbitrary, async (input) => {
        const { refused, foreign } = (await judge(input)) ?? {}
        const code = refused?.code ?? (foreign ? 'foreign' : 'good')
        codes[code] = (codes[code] ?? 0) + 1
        runs += 1
      }),
      { seed: SEED, numRuns: 1e9, interruptAfterTimeLimit: TIME, markInterruptAsFailure: false, includeErrorInReport: true },
    )
    t.diagnostic(`${runs} runs: ${JSON.stringify(codes)}`)
    assert.ok(isEnough(codes), `the inputs are too much alike: ${JSON.stringify(codes)}`)
  })
}

const EVENTS = [
  '{"event": "lead_collection", "data": {"form_data": [{"field": "name", "value": "Ada \\u00e9\\ud83d\\ude00"}, {"field": "__proto__", "value": 1}]}, "timestamp": "2026-06-23T12:00:00.000000", "messages": [{"a": -1.5e+3}, null, true, false]}',
  '{"event":"conversation_summary","summary":{"x":[1,2,{"y":"é€😀"}]},"timestamp":"2026-06-23T12:00:00Z"}',
  '\r\n\t {"event":"x","event":"lead\\u005fcollection","data":[],"data":{}} ',
  '{"event": "voice_call_ended", "n": 1e400, "m": 123456789012345678901234567890, "z": -0, "__proto__": {"event": 1}}',
  '[]',
  '"event"',
]
const SNIPPETS = [
  ...'{}[]",:\\/+-.eEtfn0123456789abu \t\n\r\0\x1f\x7f', '\\u', '\\ud83d\\ude00', '\\ud83d', '\\ude00', '\\ud83d\\u0041', '\\u0000', '\\uD8', '\\n', '\\x',
  'null', 'true', 'nul', 'NaN', 'Infinity', '1e400', '-', '01', '1.', '.5', '1e', '{}', '[]', '""', '"a":', '"event":', '"data":{},', '"summary":null,', '"__proto__":', '"timestamp":1,',
  '\ufeff', '\u2028', 'é', '€', '😀', '//', "'",
]
const BYTES = ['c080', 'eda080', 'edbfbf', 'f4908080', 'f0808080', 'e08080', 'f5', 'ff', '80', 'c3', 'e282', 'f09f98', 'efbbbf', 'c1bf', 'eda0bdedb880'].map((hex) => Buffer.from(hex, 'hex'))
const snippet = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...SNIPPETS).map(text) }, fc.constantFrom(...BYTES), fc.uint8Array({ maxLength: 3 }))

/** An event with some places overwritten, cut out or filled in. */
const mutated = fc
  .tuple(fc.constantFrom(...EVENTS), fc.array(fc.tuple(fc.nat(400), fc.nat(3), snippet), { maxLength: 4 }))
  .map(([event, edits]) => edits.reduce((bytes, [place, cut, put]) => {
    const at = place % (bytes.length + 1)
    return joined([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
  }, Buffer.from(event)))

const soup = fc.array(snippet, { maxLength: 12 }).map(joined)

/** A value about as deep as may be, in an event or alone, sometimes closed wrongly. */
const nested = fc
  .record({ kinds: fc.array(fc.boolean(), { minLength: 120, maxLength: 135 }), inside: snippet, isEvent: fc.boolean(), lost: fc.nat(1), blank: fc.constantFrom('', ' ', '\n') })
  .map(({ kinds, inside, isEvent, lost, blank }) => {
    const opened = kinds.map((isObject) => (isObject ? '{"a":' : '[')).join(blank)
    const closed = kinds.slice(lost && Math.floor(kinds.length / 100)).reverse().map((isObject) => (isObject ? '}' : ']')).join(blank)
    const value = joined([opened, inside, closed])
    return isEvent ? joined(['{"event":"x","deep":', value, '}']) : value
  })

/** A number about as long as may be. */
const long = fc
  .record({ sign: fc.constantFrom('', '-', '+'), digits: fc.integer({ min: 985, max: 1_005 }), rest: fc.constantFrom('', '.5', 'e5', 'E-5', '.', 'e', '.5e+5'), behind: fc.constantFrom('}', ' }', ',', ']', 'x}') })
  .map(({ sign, digits, rest, behind }) => text(`{"event":"x","n":${sign}${'7'.repeat(digits)}${rest}${behind}`))

const json = fc.json().map((value) => text(`{"event":"lead_collection","data":{"form_data":${value}},"messages":${value}}`))

const body = fc.oneof({ weight: 6, arbitrary: mutated }, { weight: 2, arbitrary: soup }, nested, long, json)

property('bodies', body, (bytes) => {
  const headers = { 'x-chatislav-signature': signer.sign(bytes) }
  return agree(async ({ Webhook }) => shown(await new Webhook(SECRET).verify(bytes, headers)))
}, (codes) => codes.good && codes.payload_not_json && codes.payload_invalid && codes.payload_too_deep)

property('bodies that nothing vouches for', body, (bytes) => agree(async ({ Unsigned }) => shown(await new Unsigned().read(bytes, {}))))

const BODY = text(EVENTS[0])
const GOOD = signer.sign(BODY)
const OLD = new main.Webhook('old').sign(BODY)
const digits = fc.oneof(
  fc.constantFrom(GOOD, GOOD.toUpperCase(), OLD, GOOD.slice(1), `${GOOD}0`, Buffer.from(GOOD, 'hex').toString('base64'), Buffer.from(GOOD, 'hex').toString('base64url'), `g${GOOD.slice(1)}`),
  fc.constantFrom(signer.sign(text('other')), new main.Webhook('forged').sign(BODY)),
  fc.tuple(fc.constantFrom(0, 1, 31, 32, 33, 39, 40, 41, 43, 44, 63, 64, 65, 127, 128, 129, 300), fc.constantFrom('a', 'F', '0', '+', 'ﬁ', 'é')).map(([times, digit]) => digit.repeat(times)),
)
const piece = fc.oneof(
  { weight: 3, arbitrary: digits },
  fc.constantFrom(',', ' ', '\t', ' , ', 'sha256=', 'SHA256:', 'ſha256=', 'v1=', 'V0=', 't=', 'sha1=', '0x', '0X', '"', "'", '`', '\0', '\n', '\u00a0', '\ud800', '\udc00', '\ufffd', 'é', '='),
  fc.string({ unit: 'binary', maxLength: 3 }),
)
const value = fc.array(piece, { minLength: 0, maxLength: 4 }).map((pieces) => pieces.join(''))
const values = fc.oneof({ weight: 2, arbitrary: value }, fc.array(value, { maxLength: 3 }))

property('signatures', values, async (given) => {
  const call = async ({ Webhook }) => shown(await new Webhook([SECRET, 'old']).verify(BODY, { 'X-Chatislav-Signature': given }))
  await agree(({ Webhook }) => new Webhook([SECRET, 'old']).verifySignature(BODY, given))
  return agree(call)
}, (codes) => codes.good && codes.signature_malformed && codes.signature_missing && codes.signature_ambiguous && codes.signature_mismatch)

const two = (max) => fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'))
const stamp = fc
  .tuple(fc.constantFrom('0000', '0001', '0099', '0100', '1582', '1900', '1969', '1970', '2000', '2023', '2024', '2026', '9999'), two(14), two(33), two(25), two(61), two(61),
    fc.constantFrom('', '.', '.0', '.5', '.123456', '.999999999', '.0000000001', '.12a'), fc.constantFrom('', 'Z', 'z', '+00:00', '-00:00', '+02:00', '-03:30', '+23:59', '-23:59', '+24:00', '+02:60', '+0200', ' ', '\n'))
  .map(([year, month, day, hour, minute, second, fraction, zone]) => `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${zone}`)
const near = fc.tuple(fc.integer({ min: -400_000, max: 400_000 }), fc.constantFrom('', '000', '001', '999', '500000', '123456')).map(([ms, more]) => new Date(NOON + ms).toISOString().replace('Z', more))
const timestamp = fc.oneof(
  { weight: 3, arbitrary: stamp },
  { weight: 3, arbitrary: near },
  fc.tuple(stamp, fc.nat(30), fc.string({ unit: 'binary', maxLength: 2 })).map(([whole, at, put]) => whole.slice(0, at) + put + whole.slice(at + 1)),
)
const now = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -400_000, max: 400_000 }).map((ms) => NOON + ms) },
  { weight: 2, arbitrary: fc.double({ min: -400, max: 400, noNaN: true }).map((ms) => NOON + ms) },
  fc.date({ noInvalidDate: false }), fc.double(), fc.constantFrom(null, 'noon', {}, 2 ** 63 * 1e3, -(2 ** 63) * 1e3, 2 ** 64 * 1e3, -0),
)
const maxAge = fc.oneof(fc.constantFrom(0, 60, 300, 0.5, 0.001, 1e-9, 5e-10, 1e300, Infinity), fc.double({ min: 0, max: 800, noNaN: true }), fc.nat(800))

property('timestamps and maxAge', fc.tuple(timestamp, now, maxAge), ([stamp, now, maxAge]) => {
  const bytes = text(JSON.stringify({ event: 'x', timestamp: stamp }))
  const headers = { 'x-chatislav-signature': signer.sign(bytes) }
  return agree(async ({ Webhook }) => [
    (await new Webhook(SECRET).verify(bytes, headers)).sentAt?.getTime(),
    shown(await new Webhook(SECRET, { maxAge }).verify(bytes, headers, { now })),
  ])
}, (codes) => codes.good && codes.event_stale && codes.payload_invalid && codes.schema_mismatch)

const blankish = fc.array(fc.oneof(fc.integer({ min: 0, max: 0x3100 }).map((code) => String.fromCharCode(code)), fc.constantFrom(...' \t\v\f\r\n\0\u0085\u00a0\u180e\u200b\u200f\u2010\u2028\u2060\u2061\u3000\ufeff\ufffd\ud800\udc00x')), { maxLength: 3 }).map((parts) => parts.join(''))
const secret = fc.oneof(blankish, fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 80 }), blankish.map(text))

property('secrets', fc.oneof(secret, fc.array(secret, { maxLength: 3 })), (given) =>
  agree(async ({ Webhook }) => {
    const webhook = new Webhook(given)
    return [await webhook.fingerprints, await webhook.sign(BODY)]
  }), (codes) => codes.good && codes.secret_blank && codes.secret_missing)

const headerValue = fc.array(fc.oneof(fc.constantFrom('v', ' ', '\t', ',', '\u00a0', '\0', '\ud800', '\ufffd', 'é', 'V'), fc.string({ maxLength: 2 })), { maxLength: 3 }).map((parts) => parts.join(''))
const headerName = fc.constantFrom('X-Token', 'x-token', 'X-TOKEN', 'x-other', '', 'x-tok\u00e9n')

property('the required header', fc.tuple(headerName, headerValue, fc.array(fc.tuple(headerName, fc.oneof(headerValue, fc.array(headerValue, { maxLength: 2 }))), { maxLength: 3 }), fc.boolean()), ([name, wanted, headers, isGood]) =>
  agree(async ({ Unsigned }) => shown(await new Unsigned({ requiredHeader: [name, wanted] }).read(BODY, isGood ? [...headers, [name, wanted]] : headers))),
  (codes) => codes.good && codes.secret_blank && codes.signature_missing && codes.signature_mismatch && codes.signature_ambiguous)

property('anything for a body, for headers, for a secret and for options', fc.tuple(fc.anything({ withTypedArray: true, withDate: true, withMap: true, withSet: true, withSparseArray: true, withBigInt: true, withNullPrototype: true }), fc.nat(5)), async ([what, place]) => {
  const said = await agree(async ({ Webhook, Unsigned }) => {
    const given = [SECRET, BODY, { 'x-chatislav-signature': GOOD }, undefined, undefined, undefined]
    given[place] = what
    const [secret, body, headers, maxBody, maxAge, requiredHeader] = given
    const webhook = new Webhook(secret, { maxBody, maxAge })
    return [shown(await new Unsigned({ maxBody, requiredHeader }).read(body, headers)), await webhook.sign(body), shown(await webhook.verify(body, headers, { now: NOON }))]
  })
  // Options that are none are the programmer's own fault; all else is ours to refuse.
  if (place < 3) assert.equal(said.foreign, undefined)
  return said
})
