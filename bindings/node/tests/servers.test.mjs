// Every adapter behind its real server, and real requests: what holds for all of them.
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { buildNext } from './apps/building.mjs'
import { padded, refusal, sender, SECRET, Server } from './apps/serving.mjs'

const KiB = 1024
const MiB = 1024 * KiB
const TOO_LARGE = Buffer.from(`{"event": "x"}${' '.repeat(8 * MiB)}`)
const REFUSALS = [
  ['signature_mismatch', `x-chatislav-signature: ${'0'.repeat(64)}`],
  ['signature_missing'],
  ['signature_malformed', `x-chatislav-signature: sha256=${'0'.repeat(64)}`],
  ['signature_ambiguous', `x-chatislav-signature: ${'0'.repeat(64)}`, `x-chatislav-signature: ${'1'.repeat(64)}`],
]

/**
 * Name: how it is started.
 *
 * `parsed`: a parser comes before the adapter, and what is no JSON it refuses in its own words.
 */
const SERVERS = {
  'node:http': { start: () => Server.start(['node.mjs']) },
  'Express 5': { start: () => Server.start(['express.mjs']) },
  'Express 4': { start: () => Server.start(['express.mjs'], { EXPRESS: 'express4' }) },
  'Fastify': { start: () => Server.start(['fastify.mjs']) },
  'Koa 3': { start: () => Server.start(['koa.mjs']) },
  'Koa 2': { start: () => Server.start(['koa.mjs'], { KOA: 'koa2' }) },
  'Hono on @hono/node-server': { start: () => Server.start(['hono.mjs']) },
  'NestJS on Express': { start: () => Server.start(['nestjs.mjs']), parsed: true },
  'NestJS on Fastify': { start: () => Server.start(['nestjs.mjs'], { PLATFORM: 'fastify' }), parsed: true },
  'Next.js by Turbopack': { start: () => buildNext('turbopack'), next: true },
  'Next.js by webpack': { start: () => buildNext('webpack'), next: true },
}

// One of them alone: CHATISLAV_TEST_SERVER=Koa.
const wanted = Object.entries(SERVERS).filter(([name]) => name.includes(process.env.CHATISLAV_TEST_SERVER ?? ''))
for (const [name, { start, parsed = false, next = false }] of wanted) {
  describe(name, () => {
    /** @type {Server} */
    let server
    before(async () => {
      server = await start()
    })
    after(() => server?.stop())

    for (const method of ['POST', 'PUT']) {
      for (const [label, size] of [['2 KiB', 2 * KiB], ['3 MiB', 3 * MiB]]) {
        test(`good and forged, ${method}, ${label}`, async () => {
          server.handled()
          const body = padded(size)
          assert.deepEqual(await server.send('/hook', body, '--method', method), { code: 0, status: 204, outcome: 'delivered' }, server.tail)
          const { status, body: answer } = await server.curl('/hook', body, { options: ['-X', method] })
          assert.deepEqual([status, answer], [204, ''])
          assert.deepEqual(server.handled().map(({ bytes }) => bytes), [body.length, body.length])

          const forged = await server.send('/hook', body, '--method', method, '--tamper', 'body')
          assert.deepEqual(forged, { code: 1, status: 401, outcome: 'failed' })
          for (const [code, ...headers] of REFUSALS) {
            const options = ['-X', method, ...headers.flatMap((header) => ['-H', header])]
            const refused = await server.curl('/hook', body, { options, signed: false })
            assert.deepEqual([refused.status, refused.body], [401, refusal(code)])
            assert.match(refused.head, /content-type: application\/json/)
          }
          assert.deepEqual(server.handled(), [])
        })
      }
    }

    test('the signature twice, and in upper case', async () => {
      const { body, signatures: [signature] } = sender.lead()
      for (const headers of [[signature, signature], [signature.toUpperCase()]]) {
        const options = headers.flatMap((value) => ['-H', `X-Chatislav-Signature: ${value}`])
        assert.equal((await server.curl('/hook', body, { options, signed: false })).status, 204)
      }
    })

    test('a chunked body', async () => {
      server.handled()
      const body = padded(MiB)
      const { status } = await server.curl('/hook', body, { options: ['-H', 'Transfer-Encoding: chunked'] })
      assert.equal(status, 204, server.tail)
      assert.deepEqual(server.handled().map(({ bytes }) => bytes), [body.length])
    })

    test('a body without a content type, or of another', async () => {
      for (const type of ['Content-Type:', 'Content-Type: text/plain', 'Content-Type: application/x-www-form-urlencoded']) {
        // Nest takes JSON and forms there; of others it makes a 415, or keeps no bytes of them.
        if (name === 'NestJS on Fastify') continue
        const { status } = await server.curl('/hook', sender.lead().body, { options: ['-H', type] })
        assert.equal(status, 204, type)
      }
    })

    test('too large', async () => {
      server.handled()
      for (const options of [[], ['-H', 'Transfer-Encoding: chunked'], ['-H', 'Expect: 100-continue']]) {
        const { status, body: answer } = await server.curl('/hook', TOO_LARGE, { options })
        assert.deepEqual([status, answer], [413, refusal('body_too_large')], server.tail)
      }
      assert.deepEqual(server.handled(), [])
    })

    for (const method of ['GET', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
      test(`the method ${method}`, async () => {
        const { status, head, body } = await server.knock('/hook', method)
        assert.equal(status, 405)
        assert.match(head, /^allow: post, put$/m)
        assert.equal(body, method === 'HEAD' ? '' : refusal('method_not_allowed'))
      })
    }

    test('what the handler does', async () => {
      server.handled()
      const sent = async (payload, path = '/hook') => (await server.curl(path, sender.event({ event: 'x', ...payload }).body)).status
      assert.equal(await sent({ event: 'voice_call_ended' }), 204)
      for (const raise of ['plain', 'client', 'object', 'file', 'nothing', 'text']) assert.equal(await sent({ raise }), 500, raise)
      assert.equal(await sent({ status: 503 }), 503)
      assert.equal(await sent({ status: 404 }), 404)
      assert.deepEqual(server.handled().map(({ event }) => event), ['voice_call_ended', ...Array(8).fill('x')])
      assert.equal((await server.curl('/own', sender.lead().body)).status, 202)
      assert.equal((await server.curl('/own', sender.lead().body)).body, 'lead_collection')
      // A status without an answer is still what the handler meant.
      if (!next) assert.equal(await sent({}, '/coded'), 503)
    })

    test('verified bytes that are no event', async () => {
      server.handled()
      for (const [body, code] of [['[]', 'payload_invalid'], ['{"event": "conversation_summary"}', 'payload_invalid']]) {
        const { status, body: answer } = await server.curl('/hook', Buffer.from(body))
        assert.deepEqual([status, answer], [400, refusal(code)])
      }
      for (const body of ['', '{', '{"event": "x"} x', '\uFEFF{"event": "x"}']) {
        const { status, body: answer } = await server.curl('/hook', Buffer.from(body))
        assert.equal(status, 400)
        if (!parsed) assert.equal(answer, refusal('payload_not_json'))
      }
      assert.deepEqual(server.handled(), [])
    })

    test("the user's own schemas", async () => {
      const good = await server.curl('/typed', sender.summary({ summary: { title: 'T' } }).body)
      assert.deepEqual([good.status, good.body], [200, 'T'])
      const bad = await server.curl('/typed', sender.summary({ summary: { title: 7 } }).body)
      assert.deepEqual([bad.status, bad.body], [500, refusal('schema_mismatch')])
    })

    test('duplicates', async () => {
      server.handled()
      const { body } = sender.lead()
      const again = async (body, times) => {
        const statuses = []
        for (let time = 0; time < times; time += 1) statuses.push((await server.curl('/once', body, { options: ['-X', 'PUT'] })).status)
        return statuses
      }
      assert.deepEqual(await again(body, 3), [204, 200, 200])
      assert.equal(server.handled().length, 1)
      // A failure frees the delivery, whether thrown or answered.
      for (const [failing, status] of [[{ raise: 'plain' }, 500], [{ raise: 'client' }, 500], [{ status: 503 }, 503], [{ status: 429 }, 429]]) {
        assert.deepEqual(await again(sender.lead(failing).body, 2), [status, status])
        assert.equal(server.handled().length, 2)
      }
      // A forgery never claims what the genuine one needs.
      const wanted = sender.lead().body
      const forged = await server.curl('/once', wanted, { options: ['-H', REFUSALS[0][1]], signed: false })
      assert.equal(forged.status, 401)
      assert.deepEqual(await again(wanted, 1), [204])
    })

    test('a duplicate in flight', async () => {
      server.handled()
      const { body } = sender.lead({ sleep: 1 })
      const answers = await Promise.all([1, 2, 3].map(() => server.curl('/once', body)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 503, 503], server.tail)
      assert.equal(server.handled().length, 1)
      assert.equal((await server.curl('/once', body)).status, 200)
    })

    test('a client that gives up while the handler works', async () => {
      server.handled()
      const { body } = sender.lead({ sleep: 2 })
      await assert.rejects(server.curl('/once', body, { options: ['-m', '0.7'] }), /curl ended with 28/)
      assert.equal((await server.curl('/once', body)).status, 503, server.tail)
      // The handler ends on its own, and what it has done counts.
      let status = 503
      for (let tries = 0; status === 503 && tries < 100; tries += 1) {
        await sleep(100)
        status = (await server.curl('/once', body)).status
      }
      assert.deepEqual([status, server.handled().length], [200, 1])
    })

    test('onRefused is told, and does no harm', async () => {
      server.refused()
      const { body } = sender.lead()
      for (const path of ['/loud', '/later']) {
        for (const [code, ...headers] of REFUSALS) {
          const { status, body: answer } = await server.curl(path, body, { options: headers.flatMap((header) => ['-H', header]), signed: false })
          assert.deepEqual([status, answer], [401, refusal(code)])
        }
        assert.deepEqual(server.refused(), REFUSALS.map(([code]) => code))
        assert.equal((await server.curl(path, body)).status, 204)
      }
    })

    test('a connection that was refused goes on, or is closed as HTTP says', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const lead = sender.lead()
      const large = sender.raw(padded(3 * MiB))
      const tooLarge = sender.raw(TOO_LARGE)
      for (const [refused, expected] of [
        [lead.tampered(), 401],
        [large.tampered(), 401],
        [large.withMethod('PATCH'), 405],
        [lead.withMethod('GET'), 405],
        [tooLarge, 413],
        [tooLarge.withHeader('transfer-encoding', 'chunked'), 413],
      ]) {
        assert.equal(await ask(agent, server.url('/hook'), refused), expected)
        assert.equal(await ask(agent, server.url('/hook'), lead), 204, `after ${expected}`)
      }
      agent.destroy()
    })

    test('clients that break off and clients that stall', async () => {
      server.handled()
      const { body, signatures: [signature] } = sender.lead()
      const head = `POST /once HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nx-chatislav-signature: ${signature}\r\n`
      const sockets = []
      for (const start of [
        `${head}Content-Length: ${body.length}\r\n\r\n${body.subarray(0, -1)}`,
        `${head}Content-Length: ${body.length}\r\n\r\n`,
        `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body.subarray(0, 9)}`,
        `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`,
      ]) {
        for (const end of ['destroy', 'end', 'resetAndDestroy', 'ref']) {
          const socket = connect(server.port, '127.0.0.1').on('error', () => {})
          await new Promise((resolve) => socket.write(start, resolve))
          // The server has it once it has answered somebody else.
          assert.equal((await server.knock('/hook', 'GET')).status, 405)
          socket[end]()
          sockets.push(socket)
        }
      }
      assert.equal((await server.curl('/once', body)).status, 204, server.tail)
      assert.equal(server.handled().length, 1)
      for (const socket of sockets) socket.destroy()
      assert.equal((await server.curl('/once', body)).status, 200)
      assert.equal(server.process.exitCode, null)
    })

    if (next) {
      test('what Next.js does itself', async () => {
        const { body } = sender.lead()
        assert.equal((await server.curl('/only', body)).status, 204)
        assert.equal((await server.curl('/late', body)).status, 204)
        assert.equal((await server.knock('/only', 'GET')).status, 405)
        assert.match((await server.knock('/only', 'OPTIONS')).head, /^allow: .*post, put$/m)
        const consumed = await server.curl('/consumed', body)
        assert.deepEqual([consumed.status, consumed.body], [500, refusal('body_not_raw')])
        await server.says(/let a wrapper around it read a `request\.clone\(\)`/)
        assert.equal((await server.curl('/away', body)).status, 404)
      })
    }

    test('nothing private is logged', async () => {
      const { body } = sender.lead({ form: { 'marker-field': 'marker-value' } })
      await server.curl('/hook', body, { options: ['-H', 'x-chatislav-signature: marker-signature'], signed: false })
      await server.curl('/typed', sender.summary({ summary: { 'marker-title': 'marker' } }).body)
      await server.curl('/hook', sender.lead({ raise: 'client', form: { marker: 'marker' } }).body)
      await server.curl('/hook', Buffer.from('{"marker": '))
      await server.curl('/hook', Buffer.from('{"marker": 1}'))
      await server.says(/signature_malformed/)
      assert.doesNotMatch(server.said, /marker/)
      assert.ok(!server.said.includes(SECRET))
    })
  })
}

/** The status of an answer over the agent's only connection. */
function ask(agent, url, { method, headers, body }) {
  return new Promise((resolve, reject) => {
    let answered = false
    const asked = request(url, { agent, method, headers: Object.fromEntries(headers) }, (response) => {
      answered = true
      response.resume().once('end', () => resolve(response.statusCode)).once('error', reject)
    })
    // A server that has answered need not take the rest of the body.
    asked.once('error', (failure) => answered || reject(failure))
    if (headers.some(([name]) => name === 'transfer-encoding')) asked.end(body)
    else asked.setHeader('content-length', body.length).end(body)
  })
}
