// The attempts of one delivery, the gaps between them, what the sender does next and why.

import { query } from './api.js'
import { fill, h } from './dom.js'
import { clock, duration, statusKind, statusWord } from './words.js'

/** As many attempts as are listed; between the first and the last ones the rest is counted. */
const LISTED = 24

/** `show(capture)` and `again()`, when another attempt has come. */
export function timeline(app) {
  const element = h('section', { class: 'part timeline', 'aria-label': 'Delivery' })
  let of = null

  async function again() {
    const wanted = of
    if (wanted === null) return
    let deliveries
    try {
      ;({ deliveries } = await app.api.get(query('/deliveries', { delivery: wanted.delivery })))
    } catch {
      return
    }
    if (wanted !== of) return
    const delivery = deliveries.find(({ attempts }) => attempts.some(({ id }) => id === wanted.id))
    fill(element, delivery !== undefined && shown(delivery, wanted))
  }

  return {
    element,
    again,
    show(capture) {
      if (of?.delivery !== capture.delivery) fill(element)
      of = capture.delivery ? capture : null
      return again()
    },
  }
}

function shown(delivery, { id }) {
  const attempts = delivery.attempts.map((attempt, index) => ({ ...attempt, number: index + 1 }))
  const half = LISTED / 2
  const hidden = Math.max(attempts.length - LISTED, 0)
  const rows = hidden === 0 ? attempts : [...attempts.slice(0, half), null, ...attempts.slice(-half)]
  return [
    h('div', { class: 'part-head' }, h('h3', null, 'Delivery'), h('span', { class: 'quiet' }, `${attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`}, ${delivery.state}`)),
    h('ol', { class: 'attempts' }, rows.map((attempt) => (attempt === null ? h('li', { class: 'gap' }, `${hidden} more`) : row(attempt, id)))),
    delivery.next && h('p', { class: `next ${delivery.state}` }, delivery.next),
    delivery.faults.length > 0 && h('ul', { class: 'faults' }, delivery.faults.map(({ message }) => h('li', { class: 'bad' }, message))),
  ]
}

function row(attempt, id) {
  const kind = statusKind(attempt.status)
  const isThis = attempt.id === id
  return h(
    'li',
    { class: isThis ? `${kind} this` : kind },
    attempt.gap_ms !== null && h('span', { class: 'waited' }, `${duration(attempt.gap_ms)} later`),
    h('span', { class: 'attempt' },
      h('span', { class: 'number' }, attempt.number),
      h('a', { href: `#/r/${encodeURIComponent(attempt.id)}`, 'aria-current': isThis ? 'true' : null }, statusWord(attempt.status, attempt.end)),
      h('span', { class: 'consequence' }, attempt.consequence ?? ''),
      h('time', { datetime: attempt.time, class: 'quiet' }, clock(attempt.time)),
      !isThis && h('a', { class: 'quiet', href: `#/r/${encodeURIComponent(id)}/diff/${encodeURIComponent(attempt.id)}`, 'aria-label': `compare with attempt ${attempt.number}` }, 'compare'),
    ),
  )
}
