// The rows. A delivery is a group of rows, its newest attempt first; groups stand by their newest.

import { requestPlace } from './api.js'
import { h, set, text } from './dom.js'
import { plain } from './visible.js'
import { clock, size, statusKind, statusWord, verdict } from './words.js'

const COLUMNS = ['Verdict', 'Event', 'Attempt', 'Status', 'Size', 'Time']

/** A forger who knows a body is not its sender, so its requests stand apart. */
const groupOf = ({ delivery, id, ...request }) => (delivery ? `${verdict(request.verdict).kind === 'bad'} ${delivery}` : id)

/** A row that shows one request, and later another. */
function row() {
	const [symbol, word, second, thousandths] = [h('span', { class: 'symbol', 'aria-hidden': 'true' }), h('span'), h('span'), h('span', { class: 'ms' })]
	const link = h('a', null, symbol, word)
	const [, event, attempt, status, bytes] = COLUMNS.map((name) => h('td', { class: name.toLowerCase() }))
	const element = h('tr', null, h('td', { class: 'verdict' }, link), event, attempt, status, bytes, h('td', { class: 'time' }, second, thousandths))
	const known = {}
	/** Sets an attribute if it is another. */
	const put = (on, name, value) => {
		if (known[name] === value) return
		known[name] = value
		set(on, name.replace(/\d/, ''), value)
	}

	function show(request, of, place, { chosen, marked }) {
		const { kind, symbol: sign, word: said } = verdict(request.verdict)
		const name = plain(request.event || `${request.method} ${request.target}`, 120)
		const answered = statusWord(request.status, request.end)
		const [clocked, parts = ''] = clock(request.time).split(/(?=\.)/)
		text(symbol, sign)
		text(word, said)
		text(event, name)
		text(attempt, request.attempt ? `${request.attempt}/${of}` : '')
		text(status, answered)
		text(bytes, size(request.bytes))
		text(second, clocked)
		text(thousandths, parts)
		put(link, 'href', requestPlace(request.id))
		put(link, 'class', kind)
		put(link, 'aria-label', `${said}, ${name}${request.attempt ? `, attempt ${request.attempt} of ${of}` : ''}, status ${answered}`)
		put(link, 'aria-current', request.id === chosen ? 'true' : null)
		put(status, 'class1', `status ${statusKind(request.status)}`)
		put(element, 'class2', `${place} ${request.id === chosen ? 'chosen' : ''} ${request.id === marked ? 'marked' : ''} ${request.event ? '' : 'nameless'}`)
	}

	return { element, link, show }
}

/** `render(requests, { chosen, marked })`, the newest first. */
export function list() {
	const head = h('thead', null, h('tr', null, COLUMNS.map((name) => h('th', { scope: 'col', class: name.toLowerCase() }, name))))
	const table = h('table', { class: 'requests-table', 'aria-label': 'Requests, the newest first; the attempts of a delivery stand together' }, head)
	let rows = new Map()
	let groups = new Map()

	function render(requests, state) {
		const wanted = Map.groupBy(requests, groupOf)
		const ids = new Set(requests.map(({ id }) => id))
		const freeRows = [...rows.keys()].filter((id) => !ids.has(id)).map((id) => rows.get(id))
		const freeGroups = [...groups.keys()].filter((key) => !wanted.has(key)).map((key) => groups.get(key))
		const [nextRows, nextGroups] = [new Map(), new Map()]
		let after = head
		for (const [key, attempts] of wanted) {
			const body = groups.get(key) ?? freeGroups.pop() ?? h('tbody')
			const of = Math.max(...attempts.map(({ attempt }) => attempt))
			nextGroups.set(key, body)
			attempts.forEach((request, index) => {
				const one = rows.get(request.id) ?? freeRows.pop() ?? row()
				const isLast = index === attempts.length - 1
				nextRows.set(request.id, one)
				one.show(request, of, isLast ? (index === 0 ? '' : 'last') : index === 0 ? 'first' : 'between', state)
				if (body.children[index] !== one.element) body.insertBefore(one.element, body.children[index] ?? null)
			})
			while (body.childElementCount > attempts.length) body.lastElementChild.remove()
			if (after.nextElementSibling !== body) after.after(body)
			after = body
		}
		while (after.nextElementSibling !== null) after.nextElementSibling.remove()
		;[rows, groups] = [nextRows, nextGroups]
	}

	/** The ids as they stand. */
	const order = () => [...rows.keys()]
	/** The id of the row that has the focus. */
	const focused = () => order().find((id) => rows.get(id).link === document.activeElement) ?? null
	return { table, render, order, focused, focus: (id) => rows.get(id)?.link.focus() }
}
