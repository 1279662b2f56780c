// A receiver of its own and a browser for a test. CHATISLAV_BIN and CHROMIUM name the binaries.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { isDeepStrictEqual, promisify } from 'node:util'

import { chromium } from 'playwright-core'

const { CHATISLAV_BIN, CHROMIUM, CONSOLE_LATE } = process.env
export const SECRET = 'a secret of the tests'

/** What is undone at the end of a test, the last first: a page is closed before its receiver ends. */
const undone = new WeakMap()

export function atEnd(t, act) {
  if (!undone.has(t)) {
    undone.set(t, [])
    t.after(async () => {
      const faults = []
      for (const each of undone.get(t).reverse()) await Promise.resolve().then(each).catch((fault) => faults.push(fault))
      if (faults.length > 0) throw faults[0]
    })
  }
  undone.get(t).push(act)
}

let launched

/** The browser, one for each file of tests. */
export async function browser() {
  launched ??= chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  return launched
}
after(async () => (await launched)?.close())

/** `chatislav listen` with more arguments, on ports that are free. */
export async function receiver(t, ...more) {
  const runtime = await mkdtemp(join(tmpdir(), 'chatislav-console-'))
  atEnd(t, () => rm(runtime, { recursive: true, force: true }))
  const env = { PATH: process.env.PATH, HOME: runtime, XDG_RUNTIME_DIR: runtime }
  const signed = more.includes('--unsigned') ? [] : ['--secret', SECRET]
  const ports = more.includes('--port') ? [] : ['--port', '0']
  const child = spawn(CHATISLAV_BIN, ['listen', ...signed, ...ports, '--output', 'json', ...more], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (text) => (said += text))
  const ready = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { type, ...rest } = JSON.parse(line)
      if (type === 'ready') resolve(rest)
    })
    child.once('exit', (code) => reject(new Error(`listen ended with ${code}: ${said}`)))
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const stop = async (signal = 'SIGTERM') => {
    child.kill(signal)
    await ended
  }
  atEnd(t, () => stop('SIGKILL'))
  const hook = `${ready.url}/hook`
  const api = (path, init = {}) => fetch(`${ready.console}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${ready.token}`, ...init.headers } })
  return { ...ready, hook, stop, api, runtime, link: (place = '/') => `${ready.console}/#token=${ready.token}&${place}` }
}

export const sign = (body, secret = SECRET) => createHmac('sha256', secret).update(body).digest('hex')

/** Posts a body, signed unless other headers say otherwise; the status. */
export async function post(url, body, headers = {}) {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const response = await fetch(url, { method: 'POST', body: bytes, headers: { 'content-type': 'application/json', 'x-chatislav-signature': sign(bytes), ...headers } })
  await response.arrayBuffer()
  return response.status
}

export const lead = (name, more = {}) => JSON.stringify({ event: 'lead_collection', data: { form_data: [{ field: 'name', value: name }] }, ...more })

/** `chatislav` with arguments, to its end. */
export const chatislav = (...args) => promisify(execFile)(CHATISLAV_BIN, args, { maxBuffer: 1 << 26 })

/**
 * The page of a receiver. What the page logs as an error fails the test, except what `refusals` allows: the statuses that
 * the receiver is made to answer.
 */
export async function open(t, at, { place = '/', refusals = [], link = at.link(place), init, ...options } = {}) {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 800 }, permissions: ['clipboard-read', 'clipboard-write'], ...options })
  if (CONSOLE_LATE) await context.route('**/api/**', (route) => setTimeout(() => route.continue().catch(() => {}), Number(CONSOLE_LATE)))
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const errors = []
  page.on('pageerror', (error) => errors.push(error.stack))
  page.on('console', (message) => {
    const status = Number(/status of (\d+)/.exec(message.text())?.[1])
    const isLost = refusals.includes('lost') && /ERR_(CONNECTION|INCOMPLETE|EMPTY)/.test(message.text())
    if (message.type() === 'error' && !refusals.includes(status) && !isLost) errors.push(`${message.text()} ${message.location().url}`)
  })
  atEnd(t, async () => {
    await context.close()
    assert.deepEqual(errors, [], 'the page logged errors')
  })
  if (init) await page.addInitScript(init)
  await page.goto(link)
  return page
}

export const rows = (page) => page.locator('.rows tbody tr')

/** How long anything may take that is waited for. */
const PATIENCE = 60_000

/** Asks once a frame until the page gives the value. */
export async function becomes(page, read, expected, argument) {
  const until = performance.now() + PATIENCE
  for (;;) {
    const value = await page.evaluate(read, argument)
    if (isDeepStrictEqual(value, expected)) return
    if (performance.now() > until) assert.deepEqual(value, expected)
    await page.evaluate(() => new Promise(requestAnimationFrame))
  }
}

/** Waits until so many rows are there. */
export const shows = (page, count) => becomes(page, () => document.querySelectorAll('.rows tbody tr').length, count)

/** What the rows say, cell by cell, each cell's text alone. */
export const cells = (page) => page.evaluate(() => [...document.querySelectorAll('.rows tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText.trim())))

export const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText())
