// The user's own models, through the libraries that speak Standard Schema.
import assert from 'node:assert/strict'
import test from 'node:test'
import { type } from 'arktype'
import { Webhook } from 'chatislav-webhooks'
import * as v from 'valibot'
import * as z from 'zod'
import { refusal, SECRET, signed } from './support.mjs'

const webhook = new Webhook(SECRET)
const read = (payload, schemas) => {
  const body = Buffer.from(JSON.stringify(payload))
  return webhook.verify(body, signed(body), { schemas })
}
const summary = (fields, messages) => ({ event: 'conversation_summary', summary: fields, ...(messages && { messages }) })
const lead = (form) => ({ event: 'lead_collection', data: { form_data: Object.entries(form).map(([field, value]) => ({ field, value })) } })

const LIBRARIES = {
  zod: {
    summary: z.object({ title: z.string(), nested: z.object({ score: z.number() }).optional() }),
    message: z.object({ role: z.string() }),
    form: z.object({ age: z.coerce.number() }),
  },
  valibot: {
    summary: v.object({ title: v.string(), nested: v.optional(v.object({ score: v.number() })) }),
    message: v.object({ role: v.string() }),
    form: v.object({ age: v.pipe(v.string(), v.transform(Number)) }),
  },
  arktype: {
    summary: type({ title: 'string', 'nested?': { score: 'number' } }),
    message: type({ role: 'string' }),
    form: type({ age: 'string.integer.parse' }),
  },
}

for (const [library, schemas] of Object.entries(LIBRARIES)) {
  test(`${library}: what fits is as the model has it`, () => {
    const event = read(summary({ title: 'T' }, [{ role: 'user' }]), schemas)
    assert.equal(event.summary.title, 'T')
    assert.equal(event.messages[0].role, 'user')
    assert.equal(event.payload.summary.title, 'T')
    assert.equal(read(lead({ age: '7' }), schemas).form.age, 7)
    assert.equal(read(lead({ age: '7' }), { ...schemas, form: undefined }).form.age, '7')
    assert.equal(read({ event: 'to_come', summary: 7 }, schemas).event, 'to_come')
  })

  test(`${library}: what does not fit is schema_mismatch, with the path`, () => {
    for (const [payload, path] of [
      [summary({ title: 7 }), 'summary.title'],
      [summary({}), 'summary.title'],
      [summary({ title: 'T', nested: { score: 'x' } }), 'summary.nested.score'],
      [summary({ title: 'T' }, [{ role: 'user' }, { role: 7 }]), 'messages.1.role'],
      [lead({}), 'form.age'],
    ]) {
      const error = refusal(() => read(payload, schemas))
      assert.deepEqual([error.code, error.httpStatus, error.path], ['schema_mismatch', 500, path])
      assert.match(error.hint, new RegExp(library))
    }
  })
}

test('names that the payload chose are not told', () => {
  for (const schema of [z.record(z.string(), z.number()), v.record(v.string(), v.number()), type({ '[string]': 'number' })]) {
    assert.equal(refusal(() => read(summary({ 'marker-name': 'marker' }), { summary: schema })).path, 'summary.*')
  }
})

test('a schema that cannot be used is the same error, and never another', () => {
  const standard = (validate) => ({ '~standard': { version: 1, vendor: 'test', validate } })
  for (const schema of [
    {}, 7, null, { '~standard': {} }, standard(() => { throw new TypeError('marker') }), standard(() => null), standard(async () => ({ value: 1 })),
    standard(() => Promise.reject(new Error('marker'))), standard(() => ({ issues: null })), standard(() => ({ issues: 7 })), standard(() => ({ issues: [null] })),
    new Proxy({}, { get() { throw new Error('marker') } }),
  ]) {
    const error = refusal(() => read(summary({}), { summary: schema }))
    assert.deepEqual([error.code, error.path], ['schema_mismatch', 'summary'])
    assert.ok(!error.hint.includes('marker'))
  }
  assert.match(refusal(() => read(summary({}), { summary: standard(async () => ({ value: 1 })) })).hint, /asynchronous/)
})

test('the signature comes before the schema', () => {
  const body = Buffer.from(JSON.stringify(summary({})))
  assert.equal(refusal(() => webhook.verify(body, signed('x'), { schemas: LIBRARIES.zod })).code, 'signature_mismatch')
})

test('what a model makes of a part counts, also if it is nothing', () => {
  const form = lead({ age: 'marker' })
  const event = read(form, { form: z.object({ age: z.number() }).nullable().catch(null), data: z.any().transform(() => undefined) })
  assert.equal(event.form, null)
  assert.equal(event.data, undefined)
})

test('schemas that cannot be read are our error', () => {
  const body = Buffer.from('{"event": "lead_collection", "data": {}}')
  const getter = { get schemas() { throw new Error('marker') } }
  const inner = { schemas: { get form() { throw new Error('marker') } } }
  for (const options of [getter, inner]) assert.equal(refusal(() => webhook.verify(body, signed(body), options)).code, 'schema_mismatch')
  for (const options of [null, {}, { schemas: null }, { schemas: {} }]) webhook.verify(body, signed(body), options)
})
