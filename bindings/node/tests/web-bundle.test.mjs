// Where native code cannot run, the README's synchronous example fails at import, and says what to import.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { build } from 'esbuild'

import { snippets } from './examples.mjs'

const [README] = snippets
const EXAMPLE = `
import { Webhook, WebhookError } from 'chatislav-webhooks'

const webhook = new Webhook("It's a Secret to Everybody")

export default {
  async fetch(request) {
    try {
      const event = webhook.verify(await request.arrayBuffer(), request.headers)
      return new Response(event.event)
    } catch (error) {
      if (!(error instanceof WebhookError)) throw error
      return Response.json({ error: error.code }, { status: error.httpStatus })
    }
  },
}
`
const REQUIRED = "const { Webhook } = require('chatislav-webhooks'); module.exports = new Webhook('s')"
// A bundler that drops what nobody uses must not drop the failure.
const UNUSED = "import 'chatislav-webhooks'"
const NAMESPACE = "import * as webhooks from 'chatislav-webhooks'; export default new webhooks.Webhook('s')"

/** Bundles it and imports the bundle. */
async function run(contents, conditions, options = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'chatislav-bundle-'))
  try {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: import.meta.dirname }, conditions, bundle: true, write: false, format: 'esm',
      mainFields: ['module', 'main'], external: ['node:*'], logLevel: 'silent', ...options,
    })
    const file = join(folder, 'bundle.mjs')
    await writeFile(file, outputFiles[0].text)
    return await import(pathToFileURL(file))
  } finally {
    await rm(folder, { recursive: true })
  }
}

for (const condition of ['workerd', 'edge-light', 'browser']) {
  for (const [name, contents] of Object.entries({ README, EXAMPLE, REQUIRED, UNUSED, NAMESPACE })) {
    for (const minify of [false, true]) {
      test(`${condition}: ${name}${minify ? ', minified' : ''}`, async () => {
        await assert.rejects(run(contents, [condition], { minify }), /import from "chatislav-webhooks\/web" and write `await`/)
      })
    }
  }

  test(`${condition}: the same example of the web entry runs`, async () => {
    const awaited = EXAMPLE.replace("'chatislav-webhooks'", "'chatislav-webhooks/web'").replace('webhook.verify', 'await webhook.verify')
    const { default: worker } = await run(awaited, [condition])
    const request = new Request('http://x/', { method: 'POST', body: '{}' })
    assert.deepEqual(await (await worker.fetch(request)).json(), { error: 'signature_missing' })
  })
}
