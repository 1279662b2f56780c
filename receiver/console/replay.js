// A request sent again: as it was, or edited before.

import { numberOf, query, requestPath, requestPlace } from './api.js'
import { fromBase64, toBase64, utf8 } from './bytes.js'
import { button, dialog, fill, fresh, h, text } from './dom.js'
import { statusKind } from './words.js'

/** The longest body that can be edited, in bytes. */
const EDITABLE = 512 * 1024
/** Made anew for another connection. */
const OF_THE_CONNECTION = /^(?:host|content-length|transfer-encoding|connection|expect)$/i

export function replayDialog(app, capture, replayed) {
	const bytes = fromBase64(capture.body)
	const said = utf8(bytes)
	const isEditable = said !== undefined && bytes.length <= EDITABLE
	const lines = capture.headers.filter(([name]) => !OF_THE_CONNECTION.test(name)).map(([name, value]) => `${name}: ${value}`)
	const field = (label, tag, value, props) => {
		const id = fresh('field')
		const control = h(tag, { id, class: 'mono', value, spellcheck: false, autocomplete: 'off', oninput: say, ...props })
		// A text field makes line feeds of all line ends.
		return { control, original: control.value, element: h('div', { class: 'field' }, h('label', { for: id }, label), control) }
	}
	const fields = {
		method: field('Method', 'input', capture.method, { required: true }),
		target: field('Path and query', 'input', capture.target, { required: true }),
		headers: field('Headers, one a line', 'textarea', lines.join('\n'), { rows: 5, wrap: 'off' }),
		body: field('Body', 'textarea', isEditable ? said : '', { rows: 10, disabled: !isEditable }),
	}
	const { method, target, headers, body } = fields
	const resign = h('input', { type: 'checkbox', oninput: say })
	const note = h('p', { class: 'quiet', role: 'status' })
	const fault = h('p', { class: 'fault', role: 'alert' })
	const answer = h('p', { role: 'status' })
	const send = h('button', { class: 'primary' })
	const reset = button('As captured', () => {
		for (const { control, original } of Object.values(fields)) control.value = original
		say()
	})

	const isEdited = ({ control, original }) => control.value !== original

	function say() {
		const isAny = Object.values(fields).some(isEdited)
		text(send, isAny ? 'Send edited' : 'Send again')
		reset.disabled = !isAny
		text(note, noteOn())
	}

	function noteOn() {
		if (said === undefined) return 'The body is not UTF-8, so it goes byte for byte as captured.'
		if (!isEditable) return 'The body is too long to edit here, so it goes as captured.'
		if (!isEdited(body)) return 'The captured bytes are sent.'
		if (!resign.checked) return 'The body was changed, so the captured signature does not fit it.'
		return said.includes('\r') ? 'The captured body has carriage returns, which an edited body loses.' : 'What stands here is sent, byte for byte.'
	}

	let isSending = false

	async function submit(event) {
		event.preventDefault()
		if (isSending) return
		isSending = true
		text(fault, '')
		answer.className = ''
		text(answer, 'Sending…')
		try {
			const { newest } = await app.api.get('/receiver')
			const sent = isEdited(body) ? new TextEncoder().encode(body.control.value) : bytes
			const { status } = await app.api.post(requestPath(capture.id, '/replay'), {
				method: isEdited(method) ? method.control.value : undefined,
				target: isEdited(target) ? target.control.value : undefined,
				headers: isEdited(headers) ? pairsOf(headers.control.value) : undefined,
				body: isEdited(body) ? toBase64(sent) : undefined,
				resign: resign.checked,
			})
			answer.className = statusKind(status)
			isSending = false
			const link = h('span')
			fill(answer, `Answered ${status}. `, link)
			replayed()
			const id = await arrived(app, sent, newest)
			if (id) link.append(h('a', { href: requestPlace(id), onclick: () => shown.close() }, `Show ${id}`))
		} catch (error) {
			text(answer, '')
			text(fault, `${error.message}.`)
			isSending = false
		}
	}

	say()
	const shown = dialog(`Replay ${capture.id}`, 'replay', h('form', { class: 'dialog-form', onsubmit: submit },
		h('div', { class: 'replay-line' }, method.element, target.element),
		headers.element, body.element, note,
		h('label', { class: 'choice' }, resign, 'Sign the body anew with the receiver’s secret'),
		fault, answer,
		h('div', { class: 'row dialog-end' }, reset, send)))
	send.focus()
}

function pairsOf(lines) {
	return lines.split('\n').filter((line) => line.trim() !== '').map((line) => {
		const colon = line.indexOf(':')
		if (colon < 1) throw new Error(`a header is written "Name: value", not "${line.slice(0, 40)}"`)
		return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
	})
}

/** The request with this body that came after another: a delivery's key is the SHA-256 of its body. */
async function arrived(app, sent, newest) {
	const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', sent))
	const key = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
	const { requests } = await app.api.get(query('/requests', { filter: `delivery:${key}`, limit: 1 }))
	return requests.map(({ id }) => id).find((id) => numberOf(id) > newest)
}
