// The attempts of one delivery, the gaps, what the sender does next and why.

import { query, requestPlace } from './api.js'
import { fill, h } from './dom.js'
import { clock, count, duration, statusKind, statusWord } from './words.js'

/** As many attempts as are listed; the first ones and the last ones of more. */
const LISTED = 24

/** `show(capture)` and `again()`, when another attempt has come. */
export function timeline(app) {
	const element = h('section', { class: 'part timeline', 'aria-label': 'Delivery' })
	let of = {}
	let asking = new AbortController()

	async function again() {
		const wanted = of
		asking.abort()
		if (!wanted.delivery) return
		const { signal } = (asking = new AbortController())
		const told = await app.api.get(query('/deliveries', { delivery: wanted.delivery }), { signal }).catch(() => null)
		if (signal.aborted || told === null) return
		const delivery = told.deliveries.find(({ attempts }) => attempts.some(({ id }) => id === wanted.id))
		fill(element, delivery && shown(delivery, wanted.id))
	}

	return {
		element,
		again,
		show(capture) {
			if (of.delivery !== capture.delivery) fill(element)
			of = capture
			return again()
		},
	}
}

function shown({ attempts, state, next, faults }, id) {
	const rows = attempts.map((attempt, index) => row(attempt, index + 1, id))
	const more = rows.length - LISTED
	if (more > 0) rows.splice(LISTED / 2, more, h('li', { class: 'gap' }, `${more} more`))
	return [
		h('div', { class: 'part-head' }, h('h3', null, 'Delivery'), h('span', { class: 'quiet' }, `${count(attempts.length, 'attempt')}, ${state}`)),
		h('ol', { class: 'attempts' }, rows),
		next && h('p', null, h('span', { class: 'quiet' }, 'Next: '), h('span', { class: state === 'failed' ? 'bad' : '' }, next)),
		faults.length > 0 && h('ul', null, faults.map(({ message }) => h('li', { class: 'bad' }, message))),
	]
}

function row(attempt, number, id) {
	const isThis = attempt.id === id
	const word = statusWord(attempt.status, attempt.end)
	return h('li', { class: `${statusKind(attempt.status)} ${isThis ? 'this' : ''}` },
		attempt.gap_ms !== null && h('span', { class: 'waited' }, `${duration(attempt.gap_ms)} later`),
		h('span', { class: 'attempt' },
			h('span', { class: 'quiet' }, number),
			h('a', { href: requestPlace(attempt.id), 'aria-current': isThis ? 'true' : null }, word),
			h('span', { class: 'consequence' }, attempt.consequence.replace(`${word}: `, '')),
			!isThis && h('a', { class: 'quiet', href: requestPlace(id, attempt.id), 'aria-label': `compare with attempt ${number}` }, 'compare'),
			h('time', { datetime: attempt.time, class: 'quiet' }, clock(attempt.time))))
}
