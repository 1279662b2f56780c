// The traps of each framework, each behind its real server, and the adapters with the package's own test kit.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'

import { Unsigned, Webhook } from 'chatislav-webhooks'
import { Deduplicator } from 'chatislav-webhooks/idempotency'
import { Sender } from 'chatislav-webhooks/testing'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'

import { padded, refusal, sender, Server } from './apps/serving.mjs'

const small = () => sender.lead().body
const large = () => padded(300 * 1024)

/** Runs an application for the tests of one block. */
function serving(name, command, environment, tests) {
  describe(name, () => {
    const it = {}
    before(async () => {
      it.server = await Server.start(command, environment)
    })
    after(() => it.server?.stop())
    tests(it)
  })
}

/** A body that something has taken before is our own fault: 500, at once, and the log says what to change. */
function consumed(it, path, hint, bodies = [small()]) {
  test(`${path}: not raw, and the hint says what to do`, async () => {
    for (const body of bodies) {
      const said = it.server.said.length
      const started = performance.now()
      const { status, body: answer } = await it.server.curl(path, body)
      assert.deepEqual([status, answer], [500, refusal('body_not_raw')])
      assert.ok(performance.now() - started < 3_000, 'it took too long')
      await it.server.says(hint, said)
      assert.equal((await it.server.curl('/hook', small())).status, 204)
    }
    assert.deepEqual(it.server.handled().map(({ event }) => event), bodies.map(() => 'lead_collection'))
  })
}

/** Bytes that were kept are as good as those on the wire. */
function kept(it, ...paths) {
  for (const path of paths) {
    test(`${path}: the bytes that were kept`, async () => {
      const body = padded(90 * 1024)
      assert.equal((await it.server.curl(path, body)).status, 204, it.server.tail)
      const forged = await it.server.curl(path, body, { options: ['-H', `x-chatislav-signature: ${'0'.repeat(64)}`], signed: false })
      assert.deepEqual([forged.status, forged.body], [401, refusal('signature_mismatch')])
    })
  }
}

/** A path and what it answers. */
function answers(it, path, expected, payload = {}) {
  test(`${path} answers ${JSON.stringify(expected)}`, async () => {
    const { status, body } = await it.server.curl(path, sender.event({ event: 'x', ...payload }).body)
    assert.deepEqual([status, body].slice(0, expected.length), expected, it.server.tail)
  })
}

/** An error of http-errors is an answer of the handler's own. */
function deliberate(it) {
  test('a deliberate error', async () => {
    assert.equal((await it.server.curl('/hook', sender.lead({ raise: 'deliberate' }).body)).status, 409)
    const { body } = sender.lead({ raise: 'deliberate' })
    assert.equal((await it.server.curl('/once', body)).status, 409)
    assert.equal((await it.server.curl('/once', body)).status, 409)
  })
}

/** A route that is none of ours is as it was. */
function parsesStill(it) {
  test('/other: another route has its own parser', async () => {
    const { status, body } = await it.server.curl('/other', Buffer.from('{ "a": 1 }'), { signed: false })
    assert.ok(status === 200 || status === 201)
    assert.equal(body, '{"a":1}')
  })
}

serving('node:http', ['node.mjs'], {}, (it) => {
  consumed(it, '/consumed', /call the listener first, or keep the bytes in `request\.rawBody`/)
  consumed(it, '/decoded', /body_not_raw/)
  kept(it, '/kept')

  test('/half: an answer that failed in its middle is broken off', async () => {
    await assert.rejects(it.server.curl('/half', small()), /curl ended with 18|curl ended with 52|curl ended with 56/)
    assert.equal((await it.server.curl('/hook', small())).status, 204)
  })

  test('a body without end is not waited for', async () => {
    assert.deepEqual(await endless(it.server.url('/hook')), [413])
    assert.equal((await it.server.curl('/hook', small())).status, 204)
  })
})

for (const [name, environment] of [['Express 5', {}], ['Express 4', { EXPRESS: 'express4' }]]) {
  serving(name, ['express.mjs'], environment, (it) => {
    consumed(it, '/consumed', /above `app\.use\(express\.json\(\)\)`, or keep the bytes with `express\.json\(\{ limit: "8mb", verify: /, [small(), padded(60_000)])
    consumed(it, '/text', /express\.json/, [small(), large()])
    consumed(it, '/decoded', /express\.json/, [small(), large()])
    kept(it, '/kept', '/raw')
    answers(it, '/strayed', [500])
    deliberate(it)
    parsesStill(it)
  })
}

serving('Fastify', ['fastify.mjs'], {}, (it) => {
  const hint = /let the preParsing hook pass over this route, or keep the bytes in `request\.raw\.rawBody`/
  consumed(it, '/consumed', hint, [small(), large()])
  consumed(it, '/piped', hint, [small(), large()])
  consumed(it, '/decoded', hint)
  kept(it, '/kept')
  for (const path of ['/returned-error', '/sent-error']) {
    test(`${path}: to return or to send an error is to throw it`, async () => {
      const { body } = sender.lead()
      for (const _ of [1, 2]) assert.equal((await it.server.curl(path, body)).status, 500)
    })
  }
  answers(it, '/strayed', [500])
  answers(it, '/returned', [200, '{"got":"x"}'])
  answers(it, '/hijacked', [203])
  deliberate(it)
  parsesStill(it)

  test('another route refuses what it refused before', async () => {
    const xml = { options: ['-H', 'Content-Type: application/xml'], signed: false }
    assert.equal((await it.server.curl('/other', Buffer.from('<a/>'), xml)).status, 415)
    assert.equal((await it.server.curl('/other', Buffer.from('{'), { signed: false })).status, 400)
  })
})

for (const [name, environment] of [['Koa 3', {}], ['Koa 2', { KOA: 'koa2' }]]) {
  serving(name, ['koa.mjs'], environment, (it) => {
    consumed(it, '/consumed', /mount the webhook above it/)
    consumed(it, '/decoded', /body_not_raw/)
    kept(it, '/kept')
    answers(it, '/strayed', [500])
    answers(it, '/returned', [200, '{"got":"x"}'])
    deliberate(it)
  })
}

serving('Hono', ['hono.mjs'], {}, (it) => {
  const hint = /call `await c\.req\.arrayBuffer\(\)` first, or mount the webhook above it/
  for (const path of ['/consumed', '/text', '/stream']) consumed(it, path, hint, [small(), large()])
  kept(it, '/kept')
  answers(it, '/late', [204])
  answers(it, '/again', [200, 'true'])

  test('a body without end is not waited for', async () => {
    assert.deepEqual(await endless(it.server.url('/hook')), [413])
    assert.equal((await it.server.curl('/hook', small())).status, 204)
  })
})

for (const platform of ['express', 'fastify']) {
  serving(`NestJS on ${platform}`, ['nestjs.mjs'], { PLATFORM: platform }, (it) => {
    test('/apart: each module has the webhook that it imports', async () => {
      const { body } = sender.lead()
      assert.equal((await it.server.curl('/apart', body)).status, 401)
      const options = ['-H', `x-chatislav-signature: ${new Webhook('another').sign(body)}`]
      assert.equal((await it.server.curl('/apart', body, { options, signed: false })).status, 204)
    })

    answers(it, '/conflict', [409])
    parsesStill(it)
    deliberate(it)

    test('/barred: what another guard refuses is not claimed', async () => {
      const body = small()
      for (let time = 0; time < 2; time += 1) {
        assert.equal((await it.server.curl('/barred', body)).status, 403)
      }
    })

    test('/unguarded: the parameter needs the guard', async () => {
      assert.equal((await it.server.curl('/unguarded', small())).status, 500)
      await it.server.says(/@ChatislavEvent\(\) stands behind/)
    })
  })

  serving(`NestJS on ${platform} without rawBody`, ['nestjs.mjs'], { PLATFORM: platform, RAW_BODY: 'no' }, (it) => {
    test('not raw, and the hint says what to do', async () => {
      for (const body of [small(), large()]) {
        const { status, body: answer } = await it.server.curl('/hook', body)
        assert.deepEqual([status, answer], [500, refusal('body_not_raw')])
      }
      await it.server.says(/NestFactory\.create\(AppModule, \{ rawBody: true \}\)/)
    })
  })
}

/** The statuses that a client is given which never ends its body; it gives up once the connection is closed. */
function endless(url) {
  return new Promise((resolve, reject) => {
    const statuses = []
    const piece = Buffer.alloc(256 * 1024)
    const asked = request(url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } })
    const more = setInterval(() => asked.write(piece), 5)
    const given = setTimeout(() => reject(new Error('the body is waited for')), 8_000)
    asked.on('response', (response) => statuses.push(response.resume().statusCode)).on('error', () => {})
    asked.on('close', () => {
      clearInterval(more)
      clearTimeout(given)
      resolve(statuses)
    })
  })
}

describe('with the test kit', () => {
  const kit = new Sender()
  const webhook = new Webhook(kit.secret)
  const quiet = { onRefused() {} }
  const clients = {
    async hono(handler, request, options = quiet) {
      const { verified } = await import('chatislav-webhooks/hono')
      const answer = await new Hono().all('/', verified(webhook, handler, options)).request('/', request.init())
      return [answer.status, await answer.text()]
    },
    async next(handler, request, options = quiet) {
      const { verified } = await import('chatislav-webhooks/next')
      const routes = verified(webhook, handler, options)
      const answer = await routes[request.method](request.request()).catch((failure) => new Response(String(failure), { status: 500 }))
      return [answer.status, await answer.text()]
    },
    async fastify(handler, request, options = quiet) {
      const { verified } = await import('chatislav-webhooks/fastify')
      const app = Fastify()
      app.register(verified(webhook, handler, options), { prefix: '/' })
      const { statusCode, body } = await app.inject(request.inject('/'))
      return [statusCode, body]
    },
  }

  for (const [name, ask] of Object.entries(clients)) {
    test(`every knob: ${name}`, async () => {
      const lead = kit.lead({ form: { name: 'Zoë' } })
      const handled = []
      const handler = (event) => void handled.push(event.form?.name)
      for (const request of [lead, lead.put(), lead.repeated()]) assert.deepEqual(await ask(handler, request), [204, ''])
      assert.deepEqual(handled, ['Zoë', 'Zoë', 'Zoë'])
      for (const [request, status, code] of [
        [lead.unsigned(), 401, 'signature_missing'],
        [lead.tampered(), 401, 'signature_mismatch'],
        [lead.reserialised(), 401, 'signature_mismatch'],
        [lead.signedWith('old'), 401, 'signature_mismatch'],
        [lead.ambiguous(), 401, 'signature_ambiguous'],
        [lead.withSignature(`sha256=${lead.signatures[0]}`), 401, 'signature_malformed'],
        [lead.withMethod('PATCH'), 405, 'method_not_allowed'],
        [kit.raw(Buffer.from('not JSON')), 400, 'payload_not_json'],
        [kit.raw(Buffer.alloc(8 * 1024 * 1024 + 1)), 413, 'body_too_large'],
      ]) {
        assert.deepEqual(await ask(handler, request), [status, refusal(code)])
      }
      assert.equal(handled.length, 3)
    })

    test(`a store that fails: ${name}`, async (context) => {
      context.mock.method(console, 'error', () => {})
      const down = () => Promise.reject(Object.assign(new Error('the store is down'), { statusCode: 404, status: 404 }))
      const lost = new Deduplicator({ claim: down, complete: down, release: down })
      assert.equal((await ask(() => assert.fail('called'), kit.lead(), { deduplicator: lost }))[0], 500)
      // What is worked on stays worked on.
      const forgetful = new Deduplicator({ claim: () => 'new', complete: down, release: down })
      assert.equal((await ask(() => {}, kit.lead(), { deduplicator: forgetful }))[0], 204)
    })
  }

  test("Hono's own exceptions are answers", async () => {
    const thrown = () => {
      throw new HTTPException(409, { message: 'taken' })
    }
    assert.deepEqual(await clients.hono(thrown, kit.lead()), [409, 'taken'])
  })

  for (const adapter of ['node', 'express', 'fastify', 'koa', 'hono', 'next', 'nestjs', 'lambda']) {
    test(`only a Webhook is taken: ${adapter}`, async () => {
      await import('reflect-metadata')
      const { verified } = await import(`chatislav-webhooks/${adapter}`)
      for (const other of [new Unsigned(), 'secret', null, undefined, {}]) {
        assert.throws(() => verified(other, () => {}), { name: 'TypeError', message: /Webhook/ })
      }
      assert.ok(verified(webhook, () => {}))
      // As CommonJS it is the same, and takes the Webhook of either half.
      const { verified: required } = createRequire(import.meta.url)(`chatislav-webhooks/${adapter}`)
      assert.throws(() => required('secret', () => {}), { name: 'TypeError', message: /Webhook/ })
      assert.ok(required(webhook, () => {}))
    })
  }
})
