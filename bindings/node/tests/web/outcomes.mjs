// What an entry makes of the vectors, in values that JSON can carry. It runs wherever the entry runs: no node: here.

export const SECRET = "It's a Secret to Everybody"
const OLD = 'whsec old'
const NOON = Date.UTC(2026, 5, 23, 12)

/** A literal's bytes. */
export function raw(literal) {
  if (typeof literal === 'string') return new TextEncoder().encode(literal)
  if ('text' in literal) return new TextEncoder().encode(literal.text.repeat(literal.times))
  return Uint8Array.from(literal.hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

/** Text as text, and only other bytes as bytes: as a user has them. */
const given = (literal) => (typeof literal === 'string' ? literal : raw(literal))

/** What an event shows. */
export function shown(event) {
  const { payload, summary, data, messages, timestamp, deliveryKey, secretIndex, form } = event
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(event.raw)
  const isBare = form === undefined || Object.getPrototypeOf(form) === null
  const sentAt = event.sentAt?.getTime()
  return { event: event.event, payload, summary, data, messages, timestamp, sentAt, deliveryKey, secretIndex, form: form && { ...form }, isBare, text }
}

/** What came of it: what the call gave, or how it refused. */
export async function outcome(entry, call) {
  try {
    return { value: await call() }
  } catch (error) {
    if (!(error instanceof entry.WebhookError)) return { foreign: String(error) }
    const { name, code, path, hint, message, httpStatus } = error
    return { refused: { name, code, path, hint, message, httpStatus } }
  }
}

/** For each vector what the entry makes of it; and the refusals that no vector holds. */
export async function outcomes(entry, vectors) {
  const { Webhook, Unsigned, WebhookError } = entry
  const webhook = new Webhook(SECRET)
  const tried = (call) => outcome(entry, call)
  const signed = async (body) => ({ 'X-Chatislav-Signature': await webhook.sign(body) })
  const each = async (name, judge) => {
    const all = []
    for (const one of vectors[name]) all.push(await judge(one))
    return all
  }
  return {
    hmac: await each('hmac', async ({ key, body, expect }) => {
      const keyed = new Webhook(given(key))
      return [await tried(() => keyed.sign(raw(body))), await tried(() => keyed.verifySignature(raw(body), expect))]
    }),
    fingerprint: await each('fingerprint', ({ secret }) => tried(() => new Webhook(secret).fingerprints)),
    secret: await each('secret', ({ secrets }) => tried(() => void new Webhook(secrets.map(given)))),
    signature: await each('signature', async ({ body, values }) => {
      const both = new Webhook([SECRET, OLD])
      const bytes = raw(body)
      const list = values.map((value) => (typeof value === 'string' ? value : String.fromCharCode(...raw(value))))
      const verify = (headers) => tried(async () => shown(await both.verify(bytes, headers)))
      return [
        await verify({ 'X-Chatislav-Signature': list }),
        await verify(list.map((value) => ['x-chatislav-signature', value])),
        await verify(new Map([['X-CHATISLAV-SIGNATURE', list]])),
        await verify(list.flatMap((value) => ['X-Chatislav-Signature', value])),
        await tried(() => both.verifySignature(bytes, list)),
      ]
    }),
    event: await each('event', async ({ body }) => {
      const bytes = raw(body)
      const headers = await signed(bytes)
      const fresh = (now, maxAge) => tried(async () => shown(await new Webhook(SECRET, { maxAge }).verify(bytes, headers, { now })))
      return [
        await tried(async () => shown(await webhook.verify(bytes, headers))),
        await tried(async () => shown(await new Unsigned().read(bytes, {}))),
        await fresh(NOON, 0),
        await fresh(NOON + 60_001, 60),
        await fresh(new Date(NOON - 300_001), 60),
        await fresh(Number.NaN, 60),
      ]
    }),
    timestamp: await each('timestamp', async ({ text }) => {
      const body = raw(JSON.stringify({ event: 'x', timestamp: text }))
      return tried(async () => shown(await webhook.verify(body, await signed(body))))
    }),
    errors: await each('errors', ({ code }) => tried(() => { throw new WebhookError(code) })),
    refusals: await refusals(entry, tried),
  }
}

/** Each code as a customer meets it, in the order in which they are judged. */
async function refusals({ Webhook, Unsigned }, tried) {
  const webhook = new Webhook(SECRET, { maxBody: 100, maxAge: 60 })
  const body = raw('{"event": "x", "timestamp": "2026-06-23T12:00:00.000000"}')
  const large = new Uint8Array(101)
  const good = await webhook.sign(body)
  const reading = (...options) => tried(async () => shown(await new Unsigned(...options.slice(2)).read(options[0], options[1])))
  const verifying = (...options) => tried(async () => shown(await webhook.verify(...options)))
  const token = { requiredHeader: ['X-Token', ' a long random value\t'] }
  const refusing = { '~standard': { version: 1, vendor: 'us', validate: () => ({ issues: [{ path: ['name'] }] }) } }
  const raising = { '~standard': { version: 1, vendor: 'us', validate: () => { throw new RangeError('the body') } } }
  const lead = raw('{"event": "lead_collection", "data": {}, "messages": [1]}')
  const schema = (schemas) => tried(async () => shown(await new Webhook(SECRET).verify(lead, { 'x-chatislav-signature': await webhook.sign(lead) }, { schemas })))
  const noBytes = [undefined, null, 'text', 17, {}, [1], () => body, Promise.resolve(body), new Blob([body]), new Float32Array(2), new Request('http://x/'), new ReadableStream(), new Map()]
  const shared = typeof SharedArrayBuffer === 'undefined' ? body : new Uint8Array(new SharedArrayBuffer(body.length))
  shared.set(body)
  const offset = new Uint8Array([0, ...body, 0])
  const kinds = [body.buffer, new DataView(body.buffer), offset.subarray(1, offset.length - 1), shared, shared.buffer]
  const all = []
  for (const secret of [undefined, null, 17, {}, [], '', [undefined], 'b'.repeat(100), new Uint8Array(3)]) all.push(await tried(() => void new Webhook(secret)))
  for (const env of [{}, { CHATISLAV_WEBHOOK_SECRET: '' }, { CHATISLAV_WEBHOOK_SECRET: 's', CHATISLAV_WEBHOOK_SECRET_OLD: ' ' }, { CHATISLAV_WEBHOOK_SECRET: 'a,b', CHATISLAV_WEBHOOK_SECRET_OLD: 'o' }]) {
    all.push(await tried(() => Webhook.fromEnv({ env }).fingerprints))
  }
  for (const options of [{ maxBody: -1 }, { maxBody: Number.NaN }, { maxBody: 1.5 }, { maxAge: 'x' }, { maxAge: Infinity }]) all.push(await tried(() => new Webhook('s', options).maxBody))
  for (const what of noBytes) {
    all.push(await verifying(what, {}), await reading(what, {}), await tried(() => webhook.sign(what)), await tried(() => webhook.verifySignature(what, good)))
  }
  for (const what of kinds) all.push(await verifying(what, { 'x-chatislav-signature': good }, { now: NOON }), await reading(what, {}), await tried(() => webhook.sign(what)))
  all.push(await verifying(large, {}), await tried(() => webhook.verifySignature(large, 'x')), await reading(large, {}, { ...token, maxBody: 100 }), await tried(() => webhook.sign(large)))
  for (const headers of [undefined, null, 'x', 17, {}, [], new Headers(), new Headers({ 'x-chatislav-signature': good }), [['x-chatislav-signature', good]], { 'x-chatislav-signature': [17] }]) {
    all.push(await verifying(body, headers, { now: NOON }), await reading(body, headers, token))
  }
  for (const signature of [undefined, '', good, `${good},${good}`, [good, good], [good, 'x'], `sha256=${good}`, [], good.toUpperCase(), 'f'.repeat(64), ['\ud800', '\udc00']]) all.push(await tried(() => webhook.verifySignature(body, signature)))
  for (const now of [NOON, NOON + 60_000, NOON + 60_001, NOON - 300_000, NOON - 300_001, new Date(NOON), new Date(Number.NaN), 'noon', Infinity, -1, null]) {
    all.push(await verifying(body, { 'x-chatislav-signature': good }, { now }))
  }
  // Half a nanosecond is rounded to the even one.
  for (const digits of ['000976561', '000976562', '000976563']) {
    const exact = raw(`{"event": "x", "timestamp": "2026-06-23T12:00:00.${digits}"}`)
    all.push(await tried(async () => shown(await new Webhook(SECRET, { maxAge: 0 }).verify(exact, { 'x-chatislav-signature': await webhook.sign(exact) }, { now: NOON + 0.9765625 }))))
  }
  for (const value of ['a long random value', ' a long random value ', 'a long', 'a long random valu€', '', ['a long random value', 'a long random value'], ['a long random value', 'another'], 'a long random value, a long random value', ['\ud800', '\udc00']]) {
    all.push(await reading(body, { 'x-TOKEN': value }, token))
  }
  for (const requiredHeader of [['', 'x'], ['x', ' \t'], ['x', '\u00a0'], ['x'], 'x', [1, 2], ['x', undefined], new Array(2)]) all.push(await tried(() => void new Unsigned({ requiredHeader })))
  for (const schemas of [{ data: refusing }, { data: raising }, { form: refusing }, { message: refusing }, { summary: refusing }, { data: {} }, {}]) all.push(await schema(schemas))
  return all
}
