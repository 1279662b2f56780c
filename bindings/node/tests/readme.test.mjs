// The README's examples run as they stand, and print what they say. Its three whole files are served.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { buildNext } from './apps/building.mjs'
import { padded, sender, Server } from './apps/serving.mjs'
import { declared, snippets, wholeFile } from './examples.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = join(here, 'readme')
mkdirSync(folder, { recursive: true })

/** Runs a file until it ends; gives what it said. */
function run(file) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], { cwd: folder, env: { ...process.env, CHATISLAV_WEBHOOK_SECRET: 's3cret' } })
    let said = ''
    child.stdout.on('data', (piece) => (said += piece))
    child.stderr.on('data', (piece) => (said += piece))
    // A server would stay.
    const end = setTimeout(() => child.kill(), 5_000)
    child.on('close', (code) => {
      clearTimeout(end)
      resolve({ code, said })
    })
  })
}

/** What comments behind `console.log` say that it prints; in a loop each time. */
function promised(text) {
  return [...text.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, words]) => words)
}

for (const [index, text] of snippets.entries()) {
  test(`README, example ${index + 1}`, async () => {
    const file = join(folder, `example-${index + 1}.mjs`)
    writeFileSync(file, text)
    const { code, said } = await run(file)
    assert.equal(code, 0, said)
    const lines = said.split('\n').filter(Boolean)
    assert.deepEqual([...new Set(lines)], promised(text))
  })
}

async function served(server) {
  try {
    const body = padded(2 * 1024)
    const { body: lead } = sender.lead({ form: { email: 'marker' } })
    assert.deepEqual(await server.send('/webhooks/chatislav', lead), { code: 0, status: 204, outcome: 'delivered' }, server.tail)
    await server.says(/a lead: \[ 'email' \]/)
    assert.equal((await server.curl('/webhooks/chatislav', body, { options: ['-X', 'PUT'] })).status, 204)
    assert.equal((await server.send('/webhooks/chatislav', body, '--tamper', 'body')).status, 401)
    assert.ok(!server.said.includes('marker'))
  } finally {
    await server.stop()
  }
}

for (const [framework, imports] of [['Express', "from 'express'"], ['Fastify', "from 'fastify'"]]) {
  test(`README, the whole file for ${framework}`, async () => {
    const place = join(folder, `${framework.toLowerCase()}-server.mjs`)
    writeFileSync(place, wholeFile(imports))
    await served(await Server.start([place]))
  })
}

test('README, the whole files for Next.js', async () => {
  const route = wholeFile('next dev')
  await served(await buildNext('turbopack', {}, (folder) => {
    rmSync(join(folder, 'app'), { recursive: true })
    mkdirSync(join(folder, 'app/webhooks/chatislav'), { recursive: true })
    writeFileSync(join(folder, 'app/webhooks/chatislav/route.ts'), route)
  }))
})

test('README, the example for edge runtimes takes a webhook and refuses a forgery', async () => {
  const place = join(folder, 'edge.mjs')
  writeFileSync(place, snippets.find((text) => text.includes("from 'hono'")))
  const { default: app } = await import(place)
  const env = { CHATISLAV_WEBHOOK_SECRET: sender.secret }
  const sent = async (request) => (await app.fetch(request.request('http://127.0.0.1/webhooks/chatislav'), env)).status
  assert.equal(await sent(sender.lead()), 204)
  assert.equal(await sent(sender.lead().put()), 204)
  assert.equal(await sent(sender.lead().tampered()), 401)
  assert.equal(await sent(sender.lead().withMethod('DELETE')), 405)
})

// The declarations' examples of servers would stay, and types do not run: those are for tsc alone.
for (const [entry, text] of Object.entries(declared)) {
  const isRun = !/listen\(/.test(text) && !/^@|, type |: Event/m.test(text)
  test(`the example of ${entry}`, { skip: !isRun }, async () => {
    const file = join(folder, `${entry}.mjs`)
    writeFileSync(file, text)
    const { code, said } = await run(file)
    assert.equal(code, 0, said)
    assert.deepEqual([...new Set(said.split('\n').filter((line) => line && !line.startsWith('chatislav-webhooks: refused')))], promised(text))
  })
}
