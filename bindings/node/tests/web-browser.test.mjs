// The web entry in headless Chromium, as plain ES modules from a server of files. CHROMIUM names another binary.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { test } from 'node:test'

import * as main from 'chatislav-webhooks'
import { chromium } from 'playwright-core'

import { outcomes } from './web/outcomes.mjs'
import { vectors } from './web/vectors.mjs'

process.emitWarning = () => {}

const ROOTS = { '/lib/': new URL('.', import.meta.resolve('chatislav-webhooks/web')), '/tests/': new URL('web/', import.meta.url) }

async function serve(request, response) {
  const [, root, path] = /^(\/\w+\/)([\w./-]+)$/.exec(request.url) ?? []
  // A page that is isolated has shared memory.
  const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
  if (request.url === '/') return response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end('<!doctype html>')
  try {
    const file = await readFile(new URL(path, ROOTS[root]))
    response.writeHead(200, { ...headers, 'content-type': 'text/javascript' }).end(file)
  } catch {
    response.writeHead(404).end()
  }
}

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const isHere = existsSync(CHROMIUM) || process.env.REQUIRE_ALL === '1'

test('Chromium', { timeout: 120_000, skip: isHere ? false : `there is no ${CHROMIUM}` }, async () => {
  const server = createServer(serve)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${server.address().port}`
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--headless', '--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage()
    await page.goto(origin)
    const judged = await page.evaluate(async (vectors) => {
      const entry = await import('/lib/web.js')
      const { outcomes } = await import('/tests/outcomes.mjs')
      return JSON.stringify(await outcomes(entry, JSON.parse(vectors)))
    }, JSON.stringify(vectors))
    const ours = JSON.parse(JSON.stringify(await outcomes(main, vectors)))
    const theirs = JSON.parse(judged)
    for (const [name, list] of Object.entries(ours)) {
      list.forEach((outcome, index) => assert.deepEqual(theirs[name][index], outcome, `${name} ${index}, ${vectors[name]?.[index]?.why ?? ''}`))
      assert.equal(theirs[name].length, list.length)
    }

    const said = await page.evaluate(() => import('/lib/edge.js').then(() => 'loaded', (error) => error.message))
    assert.match(said, /chatislav-webhooks\/web/)
  } finally {
    await browser.close()
    server.close()
  }
})
