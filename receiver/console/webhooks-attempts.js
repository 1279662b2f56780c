// A test event on its way: each attempt as it ends, the wait for the next, and how it came out.

import { fill, h, text } from './dom.js'

const SYMBOLS = { good: '✓', doubt: '↻', bad: '✗', '': '–' }
const TICK = 100

/** One delivery. `link` gives the address of its captured requests by its key, where this receiver has them. */
export function attempts(app, link) {
  const head = h('p', { class: 'quiet' }, 'Sending…')
  const list = h('ol', { 'aria-label': 'Attempts' })
  const end = h('p', { hidden: true })
  let key
  let waiting

  function begin({ delivery, event, url, bytes, secret }) {
    key = delivery
    fill(head, h('code', null, event), ` to ${url}, ${bytes.toLocaleString()} bytes, `, secret === null ? 'unsigned' : ['signed with ', h('code', null, secret)])
  }

  function attempt({ attempt: number, status, error, phase, ms, next_in_ms: next }) {
    settle()
    const kind = next !== null ? 'doubt' : status >= 200 && status < 300 ? 'good' : 'bad'
    const answer = status ?? error ?? 'no answer'
    const wait = h('span', { class: 'next' })
    list.append(h('li', null,
      h('span', null, `${number}`),
      h('span', { class: kind }, symbol(kind), `${answer}`, status === null && phase !== null && h('span', { class: 'quiet' }, ` · ${phase}`)),
      h('span', { class: 'ms' }, `${ms.toFixed(ms < 10 ? 1 : 0)} ms`),
      wait))
    if (next !== null) countDown(wait, next)
    app.announce(`Attempt ${number}: ${answer}${next === null ? '' : `, next in ${time(next)}`}`)
  }

  function countDown(place, milliseconds) {
    const until = performance.now() + milliseconds
    const tick = () => {
      const left = until - performance.now()
      text(place, left > 0 ? `next in ${time(left)}` : 'sending…')
    }
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
    waiting = { place, milliseconds, timer: isStill ? undefined : setInterval(tick, TICK) }
    text(place, `next in ${time(milliseconds)}`)
  }

  function settle(isGivenUp) {
    if (waiting === undefined) return
    clearInterval(waiting.timer)
    text(waiting.place, isGivenUp ? 'not tried again' : `waited ${time(waiting.milliseconds)}`)
    waiting = undefined
  }

  function conclude(kind, outcome, reason, count) {
    settle(kind === '' || outcome === 'interrupted')
    const after = count > 0 ? ` after ${count} ${count === 1 ? 'attempt' : 'attempts'}` : ''
    const seen = count > 0 ? link(key) : undefined
    fill(end, h('strong', { class: kind }, symbol(kind), outcome), `${after}: ${reason}. `, seen !== undefined && h('a', { href: seen }, count === 1 ? 'See the request' : 'See the requests'))
    end.hidden = false
    app.announce(`${outcome}${after}: ${reason}`)
  }

  return {
    element: h('li', null, head, list, end),
    /** Takes an event of `/send`. */
    hear({ type, data }) {
      if (type === 'sending') begin(data)
      else if (type === 'attempt') attempt(data)
      else if (type === 'delivery') conclude({ delivered: 'good', skipped: '' }[data.outcome] ?? 'bad', data.outcome, data.reason, data.attempts)
    },
    isEnded: () => !end.hidden,
    cancel: () => conclude('', 'cancelled', 'it was given up here, no attempt follows', list.children.length),
    fail: (reason) => conclude('bad', 'interrupted', reason, list.children.length),
  }
}

const symbol = (kind) => h('span', { class: 'symbol', 'aria-hidden': 'true' }, SYMBOLS[kind])

/** A time in milliseconds, in the units that people think in. */
export function time(milliseconds) {
  const seconds = milliseconds / 1000
  if (seconds < 0.1) return `${Math.round(milliseconds)} ms`
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Number((seconds / 3600).toFixed(1))} h`
}
