// A test event on its way: its attempts, the waits between, and how it came out.

import { fill, h, text } from './dom.js'
import { count, duration } from './words.js'

const SYMBOLS = { good: '✓', doubt: '↻', bad: '✕', quiet: '–' }
const TICK = 100

/** One delivery. `linked(key, url)` gives the address of its captured requests, where this receiver has them. */
export function attempts(app, linked) {
	const head = h('p', { class: 'quiet' }, 'Sending…')
	const list = h('ol', { 'aria-label': 'Attempts' })
	const end = h('p', { hidden: true })
	let link
	// Ends the wait that runs down.
	let settle = () => {}

	function begin({ delivery, event, url, bytes, secret }) {
		link = linked(delivery, url)
		fill(head, h('code', null, event), ` to ${url}, ${bytes.toLocaleString()} bytes, `, secret === null ? 'unsigned' : ['signed with ', h('code', null, secret)])
	}

	function attempt({ attempt: number, status, error, phase, ms, next_in_ms: next }) {
		settle('waited')
		const kind = next !== null ? 'doubt' : status >= 200 && status < 300 ? 'good' : 'bad'
		const answer = status ?? error ?? 'no answer'
		const wait = h('span', { class: 'quiet' })
		list.append(h('li', null,
			h('span', { class: 'quiet' }, `${number}`),
			h('span', { class: kind }, symbol(kind), `${answer}`, phase !== null && h('span', { class: 'quiet' }, ` · ${phase}`)),
			h('span', { class: 'quiet' }, duration(ms)),
			wait))
		if (next !== null) countDown(wait, next)
		app.announce(`Attempt ${number}: ${answer}${next === null ? '' : `, next in ${duration(next)}`}`)
	}

	function countDown(place, milliseconds) {
		const until = performance.now() + milliseconds
		const say = (left) => text(place, left > 0 ? `next in ${duration(left)}` : 'sending…')
		const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
		const timer = isStill ? undefined : setInterval(() => say(until - performance.now()), TICK)
		say(milliseconds)
		settle = (word) => {
			clearInterval(timer)
			text(place, `${word} ${duration(milliseconds)}`)
			settle = () => {}
		}
	}

	function conclude(kind, outcome, reason, number = list.children.length) {
		settle('was due in')
		const after = number > 0 ? ` after ${count(number, 'attempt')}` : ''
		fill(end, h('strong', { class: kind }, symbol(kind), outcome), `${after}: ${reason}. `, number > 0 && link && h('a', { href: link }, 'See what arrived'))
		end.hidden = false
		head.hidden = number === 0
		app.announce(`${outcome}${after}: ${reason}`)
	}

	return {
		element: h('li', null, head, list, end),
		hear({ type, data }) {
			if (type === 'sending') begin(data)
			else if (type === 'attempt') attempt(data)
			else if (type === 'delivery') conclude({ delivered: 'good', skipped: 'quiet' }[data.outcome] ?? 'bad', data.outcome, data.reason, data.attempts)
		},
		isEnded: () => !end.hidden,
		cancel: () => conclude('quiet', 'cancelled', 'it was given up here, no attempt follows'),
		fail: (reason) => conclude('bad', list.children.length > 0 ? 'interrupted' : 'not sent', reason),
	}
}

const symbol = (kind) => h('span', { class: 'symbol', 'aria-hidden': 'true' }, SYMBOLS[kind])
