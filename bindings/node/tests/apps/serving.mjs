// Starts a test application, and sends it real requests: `chatislav send`, and curl with openssl.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { Sender } from 'chatislav-webhooks/testing'

const run = promisify(execFile)
const ROOT = process.env.CHATISLAV_ROOT ?? fileURLToPath(new URL('../../../..', import.meta.url))
const BINARY = process.env.CHATISLAV_BIN ?? join(ROOT, 'target', 'debug', 'chatislav')

export const SECRET = 'whsec server tests'
export const APPS = fileURLToPath(new URL('.', import.meta.url))
/** Each run has bodies of its own. */
export const sender = new Sender(SECRET, { seed: Date.now() % 2 ** 31 })

/** The line that goes on the wire for a refusal. */
export const refusal = (code) => `{"error":"${code}"}`

/** A summary of about this many bytes, escapes included. */
export function padded(size) {
  const content = 'Zażółć gęślą jaźń 🚚 '.repeat(16)
  const one = sender.event({ event: 'x', content }).body.length
  return sender.summary({ messages: Array(Math.max(1, Math.floor((size - 600) / one))).fill({ role: 'user', content }) }).body
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** A test application in a process of its own. */
export class Server {
  /** Runs `node ...command` until `stop`, and waits until it listens. */
  static async start(command, environment = {}, cwd = APPS) {
    const server = new Server()
    server.port = await freePort()
    server.work = mkdtempSync(join(tmpdir(), 'chatislav-server-'))
    server.said = ''
    const { CHATISLAV_WEBHOOK_SECRET_OLD: _, ...inherited } = process.env
    server.process = spawn(process.execPath, command.map((part) => part.replace('{port}', server.port)), {
      cwd,
      env: { ...inherited, CHATISLAV_WEBHOOK_SECRET: SECRET, CHATISLAV_TEST_WORK: server.work, PORT: String(server.port), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [server.process.stdout, server.process.stderr]) stream.on('data', (piece) => (server.said += piece))
    for (let tries = 0; !(await server.listens()); tries += 1) {
      assert.equal(server.process.exitCode, null, server.said)
      assert.ok(tries < 600, server.said)
      await sleep(50)
    }
    return server
  }

  listens() {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1')
      socket.once('connect', () => resolve(true) || socket.destroy()).once('error', () => resolve(false))
    })
  }

  async stop() {
    const { process } = this
    const ended = new Promise((resolve) => process.exitCode === null && process.signalCode === null ? process.once('exit', resolve) : resolve())
    process.kill()
    const forced = setTimeout(() => process.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(forced)
    rmSync(this.work, { recursive: true, force: true })
  }

  url(path) {
    return `http://127.0.0.1:${this.port}${path}`
  }

  /** The last that it said. */
  get tail() {
    return this.said.slice(-2_000)
  }

  /** Waits until it has said this, after so many characters: what it writes comes by a pipe of its own. */
  async says(pattern, after = 0) {
    for (let tries = 0; tries < 100 && !pattern.test(this.said.slice(after)); tries += 1) await sleep(20)
    assert.ok(pattern.test(this.said.slice(after)), `it did not say ${pattern}:\n${this.tail}`)
  }

  /** What the handlers saw since the last look. */
  handled() {
    return this.#lines('handled').map((line) => JSON.parse(line))
  }

  /** The codes that `onRefused` was told since the last look. */
  refused() {
    return this.#lines('refused')
  }

  #lines(name) {
    const file = join(this.work, name)
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
    rmSync(file, { force: true })
    return lines
  }

  #file(body) {
    this.files = (this.files ?? 0) + 1
    const file = join(this.work, `body-${this.files}`)
    writeFileSync(file, body)
    return file
  }

  /** Status, head in lower case and body of curl's answer; the signature is openssl's. */
  async curl(path, body, { options = [], signed = true } = {}) {
    const file = this.#file(body)
    if (signed) {
      const { stdout } = await run('openssl', ['dgst', '-sha256', '-hmac', SECRET, '-hex', file])
      options = ['-H', `x-chatislav-signature: ${stdout.trim().split(' ').at(-1)}`, ...options]
    }
    const type = options.some((option) => /^content-type:/i.test(option)) ? [] : ['-H', 'Content-Type: application/json']
    return this.#ask(['-m', '30', '-H', 'Expect:', ...type, ...options, '--data-binary', `@${file}`, this.url(path)])
  }

  /** curl without a body. */
  async knock(path, method) {
    return this.#ask(['-m', '10', ...(method === 'HEAD' ? ['-I'] : ['-X', method]), this.url(path)])
  }

  async #ask(options) {
    const { stdout } = await run('curl', ['-s', '-S', '-i', ...options], { maxBuffer: 2 ** 26 }).catch((failure) => {
      throw new Error(`curl ended with ${failure.code}: ${failure.stderr}\n${failure.stdout}\n${this.said}`)
    })
    const answer = stdout.replace(/^HTTP\S+ 100 .*\r\n\r\n/, '')
    const at = answer.indexOf('\r\n\r\n')
    return { status: Number(answer.split(' ')[1]), head: answer.slice(0, at).toLowerCase(), body: answer.slice(at + 4) }
  }

  /** The exit code, the attempt and the outcome of `chatislav send`. */
  async send(path, body, ...options) {
    const command = ['send', '--body', this.#file(body), '--to', this.url(path), '--secret', SECRET, '--allow-local', '--output', 'json']
    const environment = { env: { PATH: process.env.PATH } }
    const { stdout, stderr, code = 0 } = await run(BINARY, [...command, '--no-retry', ...options], environment).catch((failure) => failure)
    const lines = String(stdout).split('\n').filter(Boolean).map((line) => JSON.parse(line))
    assert.ok(lines.length > 0, stderr)
    const { status } = lines.find(({ type }) => type === 'attempt')
    return { code, status, outcome: lines.at(-1).outcome }
  }
}
