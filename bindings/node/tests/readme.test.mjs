// The README's examples run as they stand, and print what they say. Its three whole files are served.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { buildNext } from './apps/building.mjs'
import { padded, sender, Server } from './apps/serving.mjs'
import { ROOT } from './support.mjs'

const home = dirname(createRequire(import.meta.url).resolve('chatislav-webhooks/package.json'))
const here = fileURLToPath(new URL('.', import.meta.url))
const folder = join(here, 'readme')
const blocks = (file, pattern) => [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, text]) => text)
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

const all = blocks(join(home, 'README.md'), /```[jt]s\n([\s\S]*?)```/g)
const isFile = (text) => /^(\/\/ \S+: |\/\/ next\.config)/.test(text)
const project = blocks(join(ROOT, 'README.md'), /```js\n([\s\S]*?)```/g)
const readme = [...all.filter((text) => !isFile(text)), ...project]
assert.ok(readme.length >= 8 && project.length === 1)
for (const [index, text] of readme.entries()) {
  test(`README, example ${index + 1}`, async () => {
    const file = join(folder, `example-${index + 1}.mjs`)
    writeFileSync(file, text)
    const { code, said } = await run(file)
    assert.equal(code, 0, said)
    const lines = said.split('\n').filter(Boolean)
    assert.deepEqual([...new Set(lines)], promised(text))
  })
}

/** The file of which the first line has this name. */
const file = (name) => all.find((text) => isFile(text) && text.includes(name)) ?? assert.fail(name)

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
    writeFileSync(place, file(imports))
    await served(await Server.start([place]))
  })
}

test('README, the whole files for Next.js', async () => {
  const route = file('next dev')
  await served(await buildNext('turbopack', {}, (folder) => {
    rmSync(join(folder, 'app'), { recursive: true })
    mkdirSync(join(folder, 'app/webhooks/chatislav'), { recursive: true })
    writeFileSync(join(folder, 'app/webhooks/chatislav/route.ts'), route)
  }))
})

// The declarations have an example each; those of servers would stay, so they are only loaded by the types' test.
const ENTRIES = ['node', 'express', 'fastify', 'koa', 'hono', 'next', 'lambda', 'nestjs', 'testing', 'idempotency', 'webhook', 'web/webhook']
for (const entry of ENTRIES) {
  const [example] = blocks(join(home, `dist/esm/${entry}.d.ts`), /@example\n([\s\S]*?)\n \*(?:\n|\/)/g)
  assert.ok(example, entry)
  const text = example.replaceAll(/^ \* ?/gm, '')
  const isServer = /listen\(/.test(text)
  const needsTypes = /\bimplements\b|^@|, type |: Event/m.test(text)
  writeFileSync(join(folder, `${entry.replace('/', '-')}.ts`), `${text}\nexport {}\n`)
  test(`the example of ${entry}`, { skip: isServer || needsTypes }, async () => {
    const file = join(folder, `${entry.replace('/', '-')}.mjs`)
    writeFileSync(file, text)
    const { code, said } = await run(file)
    assert.equal(code, 0, said)
    assert.deepEqual([...new Set(said.split('\n').filter((line) => line && !line.startsWith('chatislav-webhooks: refused')))], promised(text))
  })
}
