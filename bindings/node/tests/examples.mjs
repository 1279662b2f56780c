// The examples of the READMEs and of the declarations, as they stand there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { ROOT } from './support.mjs'

const home = dirname(createRequire(import.meta.url).resolve('chatislav-webhooks/package.json'))
const blocks = (file, pattern) => [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, text]) => text)

const all = blocks(join(home, 'README.md'), /```[jt]s\n([\s\S]*?)```/g)
const project = blocks(join(ROOT, 'README.md'), /```js\n([\s\S]*?)```/g)
const isFile = (text) => /^(\/\/ \S+: |\/\/ next\.config)/.test(text)

/** What runs and ends. The first is the synchronous example that everybody sees first. */
export const snippets = [...all.filter((text) => !isFile(text)), ...project]
assert.ok(snippets.length >= 8 && project.length === 1)

/** The whole file of which the text has this in it. */
export const wholeFile = (part) => all.find((text) => isFile(text) && text.includes(part)) ?? assert.fail(part)
export const wholeFiles = all.filter((text) => isFile(text) && !text.startsWith('// next.config'))

const ENTRIES = ['node', 'express', 'fastify', 'koa', 'hono', 'next', 'lambda', 'nestjs', 'testing', 'idempotency', 'webhook', 'web/webhook']

/** The example of each declaration, by the name of its file. */
export const declared = Object.fromEntries(
  ENTRIES.map((entry) => {
    const [example] = blocks(join(home, `dist/esm/${entry}.d.ts`), /@example\n([\s\S]*?)\n \*(?:\n|\/)/g)
    assert.ok(example, entry)
    return [entry.replace('/', '-'), example.replaceAll(/^ \* ?/gm, '')]
  }),
)
