// "Send test event": by the saved settings, with the JSON as it stands here, byte for byte.

import { button, fill, h, set, text } from './dom.js'
import { attempts } from './webhooks-attempts.js'
import { field } from './webhooks-field.js'
import { duration } from './words.js'

const SCALES = { 1: 'as Chatislav waits', 10: '10× shorter', 60: '60× shorter', 600: '600× shorter' }
/** The first wait of the schedule and the last, in milliseconds. */
const [FIRST, LAST] = [5_000, 3_600_000]

export function testEvent(app) {
	const choice = h('select', { onchange: sample })
	const body = h('textarea', { oninput: judge })
	const scale = h('select', { onchange: explain }, Object.entries(SCALES).map(([value, label]) => h('option', { value, selected: value === '10' }, label)))
	const event = field({ label: 'Event', control: choice, beside: button('Fresh sample', sample) })
	const json = field({ label: 'JSON', control: body })
	const waits = field({ label: 'Waits', control: scale })
	const unsaved = h('p', { class: 'unsaved', id: 'test-unsaved' })
	const send = h('button', { class: 'primary', 'aria-describedby': 'test-unsaved' }, 'Send test event')
	const cancel = button('Cancel', () => running.abort(), { hidden: true })
	const log = h('ol', { class: 'deliveries', 'aria-label': 'Test events, newest first' })
	const form = h('form', { autocomplete: 'off', spellcheck: false, onsubmit: (event) => (event.preventDefault(), running ?? run()) }, h('h2', null, 'Send test event'),
		event.element, json.element, waits.element, h('div', { class: 'field' }, h('div'), h('div', { class: 'row' }, send, cancel, unsaved)))
	let settings
	let running = null
	/** The body as it was made, and the one that was sent last. */
	let made
	let sent

	async function sample() {
		const event = choice.value
		const before = body.value
		try {
			const { body: text } = await app.api.post('/sample', { event })
			// Somebody has gone on meanwhile.
			if (event !== choice.value || body.value !== before) return
			made = body.value = text
			judge()
		} catch (error) {
			json.fail(`${error.message}.`)
		}
	}

	function judge() {
		json.pass()
		json.hint(`${verdict(body.value)}${body.value === sent ? ' The same bytes were sent before: to a receiver it is the same delivery.' : ''}`)
	}

	function explain() {
		waits.hint(`Between attempts: the first takes ${duration(FIRST / scale.value)}, the last ${duration(LAST / scale.value)}. The timeout stays as it is.`)
	}

	async function run() {
		const { signal } = (running = new AbortController())
		const delivery = attempts(app, requests)
		set(send, 'aria-disabled', 'true')
		cancel.hidden = false
		json.pass()
		sent = body.value
		log.prepend(delivery.element)
		try {
			await app.api.events('/send', { method: 'POST', body: { body: sent, time_scale: Number(scale.value) }, signal, onEvent: delivery.hear })
			if (!delivery.isEnded()) signal.aborted ? delivery.cancel() : delivery.fail('the receiver ended the stream')
		} catch (error) {
			if (error.code === 'body_invalid') {
				delivery.element.remove()
				sent = undefined
				json.fail(`Not sent: ${error.message}.`)
			} else if (!delivery.isEnded()) delivery.fail(error.message)
		}
		if (document.activeElement === cancel) send.focus()
		cancel.hidden = true
		// The same bytes again would be the same delivery, and a plan would go on where it stood.
		if (body.value === sent && sent === made) await sample()
		else if (body.value === sent) judge()
		running = null
		set(send, 'aria-disabled', null)
	}

	/** Where the captured requests are, if they went to the receiver behind this page. */
	function requests(key, url) {
		return url.replace('//localhost:', '//127.0.0.1:').startsWith(settings.receiver) ? `#/?filter=delivery:${key}` : undefined
	}

	explain()
	return {
		element: h('section', { class: 'test', 'aria-label': 'Send test event' }, form, log),
		/** Takes settings as they are saved. */
		show(saved) {
			settings = saved
			const chosen = choice.value || saved.events[0] || saved.known_events[0]
			const names = [...new Set([...saved.known_events, ...saved.events])]
			fill(choice, names.map((name) => h('option', { value: name, selected: name === chosen }, saved.events.includes(name) ? name : `${name} (not selected)`)))
			if (made === undefined) sample()
		},
		warn: (isChanged) => text(unsaved, isChanged ? 'By the saved settings: unsaved changes are not applied.' : ''),
	}
}

/** What the text is. Nothing is forced: it goes as it stands. */
function verdict(body) {
	const size = `${new TextEncoder().encode(body).length.toLocaleString()} bytes`
	try {
		const event = JSON.parse(body)?.event
		return typeof event === 'string' ? `${size}, valid JSON, event ${event}.` : `${size}, valid JSON, but no event: it has no text “event”.`
	} catch (error) {
		return `${size}, not JSON: ${error.message}.`
	}
}
