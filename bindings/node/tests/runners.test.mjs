// The test kit under the runners that people use: vitest, and jest, whose tests live in a realm of their own.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const folder = fileURLToPath(new URL('runners/', import.meta.url))
mkdirSync(folder, { recursive: true })

const BODY = `
test('a route takes what Chatislav sends, and no forgery', async () => {
  const sender = new Sender()
  const webhook = new Webhook(sender.secret)
  const request = sender.lead({ form: { name: 'Ada' } })
  for (const body of [request.body, new Uint8Array(request.body), new Uint8Array(request.body).buffer]) {
    expect(webhook.verify(body, request.headers)).toMatchObject({ event: 'lead_collection', secretIndex: 0 })
  }
  expect(webhook.verify(request.body, new Headers(request.headers)).form.name).toBe('Ada')
  expect(() => webhook.verify(request.tampered().body, request.headers)).toThrow(WebhookError)
  const refused = []
  const { POST } = verified(webhook, () => {}, { onRefused: (error) => refused.push(error.code) })
  expect((await POST(request.request())).status).toBe(204)
  expect((await POST(request.tampered().request())).status).toBe(401)
  expect(refused).toEqual(['signature_mismatch'])
})
`
const NAMES = { 'chatislav-webhooks': 'Webhook, WebhookError', 'chatislav-webhooks/testing': 'Sender', 'chatislav-webhooks/next': 'verified' }
const lines = (line) => Object.entries(NAMES).map(([name, names]) => line(name, names)).join('\n')

/** The program of a package, run in the folder. */
function run(name, ...options) {
  const manifest = require.resolve(`${name}/package.json`)
  const { bin } = require(manifest)
  const program = join(dirname(manifest), typeof bin === 'string' ? bin : bin[name])
  execFileSync(process.execPath, [program, ...options], { cwd: folder, stdio: 'pipe', env: { ...process.env, NODE_OPTIONS: '' } })
}

test('vitest', () => {
  const imports = lines((name, names) => `import { ${names} } from '${name}'`)
  writeFileSync(join(folder, 'kit.vitest.mjs'), `import { expect, test } from 'vitest'\n${imports}\n${BODY}`)
  writeFileSync(join(folder, 'vitest.config.mjs'), "export default { test: { include: ['*.vitest.mjs'] } }\n")
  run('vitest', 'run', '--root', folder)
})

test('jest', () => {
  const imports = lines((name, names) => `const { ${names} } = require('${name}')`)
  writeFileSync(join(folder, 'kit.jest.cjs'), `${imports}\n${BODY}`)
  writeFileSync(join(folder, 'jest.config.cjs'), `module.exports = { rootDir: ${JSON.stringify(folder)}, testMatch: ['**/*.jest.cjs'], transform: {} }\n`)
  run('jest', '-c', join(folder, 'jest.config.cjs'))
})
