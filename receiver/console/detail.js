// One request: verdict and why, delivery, headers, body, answer; what can be done with it.

import { query, requestPath, requestPlace } from './api.js'
import { body } from './body.js'
import { copy, copyButton } from './copy.js'
import { difference } from './difference.js'
import { button, facts, fill, group, h } from './dom.js'
import { explanation } from './explanation.js'
import { headers } from './headers.js'
import { replayDialog } from './replay.js'
import { timeline } from './timeline.js'
import { plain, visible } from './visible.js'
import { clock, duration, statusKind, statusWord, verdict } from './words.js'

const FORMATS = { curl: 'curl', httpie: 'httpie', python: 'Python', node: 'Node' }

/** `mark(id)` and `close()` are the list's; `replayed()` hears of a request that was sent again. */
export function detail(app, { mark, close, replayed }) {
	const content = h('div', { class: 'detail-content' })
	const element = h('section', { class: 'detail', 'aria-label': 'One request' }, content)
	const attempts = timeline(app)
	let shown = {}

	async function show(id, other) {
		// Secrets may have changed.
		if (id !== null && shown.id === id && shown.other === other) return
		const wanted = (shown = { id, other })
		let parts
		try {
			if (id === null) parts = receiver(app, await app.api.get('/receiver'))
			else {
				const [capture, differs] = await Promise.all([app.api.get(requestPath(id)), other && app.api.get(query('/diff', { a: other, b: id }))])
				if (wanted !== shown) return
				wanted.capture = capture
				parts = [top(capture), differs ? difference(differs, () => app.go(requestPlace(id))) : whole(capture)]
			}
		} catch (error) {
			parts = [top({ id }), h('p', { class: 'note fault' }, `${error.message}.`)]
			wanted.id = undefined
		}
		if (wanted !== shown) return
		fill(content, parts)
		element.scrollTop = 0
		if (wanted.capture) app.announce(`${wanted.capture.verdict}, ${plain(wanted.capture.event || wanted.capture.target, 80)}`)
	}

	const top = ({ id, event, method, target }) =>
		h('div', { class: 'detail-top' },
			button('←', close, { class: 'back plain', 'aria-label': 'Back to the list' }),
			h('h2', null, event ? visible(event) : method ? visible(`${method} ${target}`) : 'Not here'),
			h('span', { class: 'mono quiet' }, id),
			button('×', close, { class: 'close plain', 'aria-label': 'Close' }))

	function whole(capture) {
		const { answer, id, reason } = capture
		const { kind, symbol, word } = verdict(capture.verdict)
		attempts.show(capture)
		return [
			h('p', { class: `verdict-line ${kind}` }, h('span', { class: 'symbol', 'aria-hidden': 'true' }, symbol), h('span', null, h('strong', null, word), reason && [': ', visible(reason)])),
			word === 'signature_mismatch' && explanation(app, id),
			known(capture),
			h('div', { class: 'row' },
				button('Replay…', () => replay(id), { class: 'primary', 'aria-keyshortcuts': 'r' }),
				button('Compare', () => mark(id), { 'aria-keyshortcuts': 'd' }),
				copyButton(app, { label: 'Copy link', what: 'the link', text: () => linkTo(id) }),
				group('Copy as', h('span', { class: 'quiet' }, 'Copy as'), Object.keys(FORMATS).map((format) => button(FORMATS[format], () => copyAs(format, id), { 'aria-label': `Copy as ${FORMATS[format]}` })))),
			attempts.element,
			body(app, { title: 'Body', base64: capture.body, name: `${id}.body` }),
			headers(app, { title: 'Headers', lines: capture.headers }),
			answer && headers(app, { title: `Answer ${answer.status}`, lines: answer.headers }),
			answer?.body && body(app, { title: 'Body of the answer', base64: answer.body, name: `${id}.answer` }),
		]
	}

	const linkTo = (id) => `${location.origin}/${requestPlace(id)}`
	const copyAs = (format, id) => copy(app, app.api.text(query(requestPath(id, '/export'), { format })), `${id} as ${FORMATS[format]}`)

	async function replay(id) {
		const capture = shown.capture?.id === id ? shown.capture : await app.api.get(requestPath(id))
		if (!document.querySelector('dialog')) replayDialog(app, capture, replayed)
	}

	return {
		element,
		show,
		replay,
		copyAs,
		copyLink: (id) => copy(app, linkTo(id), 'the link'),
		/** Requests that came: the timeline may have grown. */
		heard: (requests) => requests.some(({ delivery }) => delivery && delivery === shown.capture?.delivery) && attempts.again(),
	}
}

function known({ method, target, answer, end, step, action, time, ms, peer, version, secret }) {
	const status = answer?.status ?? null
	return facts([
		['Request', h('span', { class: 'mono' }, visible(`${method} ${target}`))],
		['Status', h('span', { class: statusKind(status) }, statusWord(status, end))],
		step && ['Plan step', `${step}: ${action}`],
		['Time', h('time', { datetime: time, title: time }, clock(time))],
		['Took', duration(ms)],
		['From', `${peer}, ${version}`],
		secret > 0 && ['Secret', `older, number ${secret + 1}`],
		end !== 'answered' && ['End', end],
	])
}

/** What runs here, while no request is chosen. */
function receiver(app, { url, mode, secrets }) {
	return [
		h('h2', null, 'This receiver'),
		facts([
			['URL', [h('code', null, url), ' ', copyButton(app, { what: 'the URL', text: () => url, className: 'plain' })]],
			['Requests are', mode === 'unsigned' ? 'not verified: no secret is in force' : 'verified by their signature'],
			secrets.length > 0 && ['Secret', h('code', null, secrets.join(' '))],
		]),
		h('p', { class: 'quiet' }, 'Choose a request to see why it was taken or refused, and what the sender does next.'),
	]
}
