// Ratios of this package to what a user writes or installs today, each in one run.
//
// Every contender takes its turn in each round, so that a noisy machine is noisy for all of them; the figure is the
// median over the rounds. A ratio above 1 says how many times faster this package is.
import { execFileSync } from 'node:child_process'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { Webhook } from 'chatislav-webhooks'
import { Webhook as Standard } from 'standardwebhooks'
import { Webhook as Svix } from 'svix'

import { transcript } from './transcripts.mjs'

const SECRET = 'whsec_bench_0123456789abcdef0123456789abcdef'
const ROUNDS = 25
const MILLISECONDS = 20
const KIB = 1024
const require = createRequire(import.meta.url)
const home = dirname(require.resolve('chatislav-webhooks/package.json'))

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** Nanoseconds for one call of each. */
function times(contenders) {
  const loops = {}
  const taken = {}
  for (const [name, call] of Object.entries(contenders)) {
    const end = performance.now() + 3 * MILLISECONDS
    let count = 0
    while (performance.now() < end) {
      call()
      count += 1
    }
    loops[name] = Math.max(1, Math.round(count / 3))
    taken[name] = []
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, call] of Object.entries(contenders)) {
      const start = process.hrtime.bigint()
      for (let loop = 0; loop < loops[name]; loop += 1) call()
      taken[name].push(Number(process.hrtime.bigint() - start) / loops[name])
    }
  }
  return Object.fromEntries(Object.entries(taken).map(([name, values]) => [name, median(values)]))
}

function row(label, { ours, ...theirs }, gate) {
  const goal = gate === undefined ? '' : ` (gate ${gate})`
  const cells = Object.entries(theirs).map(([name, value]) => `${name} ${(value / ours).toFixed(2)}x${goal}`)
  console.log(`  ${label.padStart(18)}  ${(ours / 1000).toFixed(2).padStart(9)} us   ${cells.join('   ')}`)
}

const size = (count) => (count >= KIB * KIB ? `${count / KIB / KIB} MiB` : count >= KIB ? `${count / KIB} KiB` : `${count} B`)

function idiom(body, signature) {
  const expected = createHmac('sha256', SECRET).update(body).digest()
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new Error('signature')
}

function signatures(webhook) {
  console.log('verifySignature, to createHmac + timingSafeEqual')
  for (const [count, gate] of [[256, 5], [KIB, 3], [4 * KIB, 1.6], [16 * KIB, 1], [256 * KIB, 1], [4 * KIB * KIB, 1]]) {
    const body = transcript(count)
    const signature = webhook.sign(body)
    row(size(count), times({ ours: () => webhook.verifySignature(body, signature), 'node:crypto': () => idiom(body, signature) }), gate)
  }
}

/** Every field of a summary, and none that is computed beyond them. */
function read(event) {
  return [event.event, event.timestamp, event.sentAt, event.messages, event.summary, event.payload, event.raw]
}

function events(webhook) {
  console.log('verify and read every field, to the same idiom + JSON.parse; verify alone, to standardwebhooks and svix, which verify and parse; ours makes values when they are first asked for')
  const key = Buffer.from(SECRET).toString('base64')
  const standard = new Standard(key)
  const svix = new Svix(key)
  const moment = new Date()
  for (const style of ['plain', 'escaped']) {
    for (const count of [KIB, 16 * KIB, 256 * KIB]) {
      const body = transcript(count, style)
      const signature = webhook.sign(body)
      const headers = {
        host: 'example.com',
        'user-agent': 'bench',
        'content-type': 'application/json',
        'content-length': String(body.length),
        'x-chatislav-signature': signature,
      }
      const theirs = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(moment.getTime() / 1000)),
        'webhook-signature': standard.sign('msg_1', moment, String(body)),
      }
      const byHand = () => {
        idiom(body, signature)
        return JSON.parse(body)
      }
      const label = `${size(count)}${style === 'escaped' ? ', escapes' : ''}`
      row(label, times({ ours: () => read(webhook.verify(body, headers)), 'crypto + JSON.parse': byHand }), count === KIB ? 1 : '0.83')
      const alone = { ours: () => webhook.verify(body, headers), standardwebhooks: () => standard.verify(body, theirs), svix: () => svix.verify(body, theirs) }
      row('alone', times(alone), 3.5)
      row('alone, and read', times({ ...alone, ours: () => read(webhook.verify(body, headers)) }))
    }
  }
}

function loading() {
  const script = 'const start = performance.now(); require("chatislav-webhooks"); console.log(performance.now() - start)'
  const runs = Array.from({ length: 21 }, () => Number(execFileSync(process.execPath, ['-e', script], { cwd: dirname(new URL(import.meta.url).pathname) })))
  const addon = readdirSync(join(home, 'dist/native')).find((name) => name.endsWith('.node'))
  const bytes = statSync(join(home, 'dist/native', addon)).size
  console.log(`loading: ${median(runs).toFixed(1)} ms (gate 10); the addon: ${(bytes / KIB / KIB).toFixed(2)} MiB (gate 2)`)
}

const version = (name) => {
  let folder = dirname(require.resolve(name))
  for (;;) {
    try {
      const { name: found, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (found === name) return `${name} ${version}`
    } catch {
      // Further up.
    }
    folder = dirname(folder)
  }
}
console.log(`${['chatislav-webhooks', 'standardwebhooks', 'svix'].map(version).join(', ')}, Node ${process.version}`)
const webhook = new Webhook(SECRET)
loading()
signatures(webhook)
events(webhook)
