// The settings in the vendor's order. Nothing here judges them: a save does.

import { button, h } from './dom.js'
import { field } from './webhooks-field.js'
import { customHeaders } from './webhooks-headers.js'

/** The fields by the names of the API. `receiver` gives the URL of the receiver behind this page. */
export function settingsFields(receiver) {
	const enabled = checkbox({ role: 'switch' })
	const url = h('input', { type: 'url' })
	const local = checkbox()
	const method = h('select', null, h('option', null, 'POST'), h('option', null, 'PUT'))
	const timeout = h('input', { inputmode: 'decimal', class: 'short' })

	function useReceiver() {
		url.value = new URL('hook', receiver()).href
		url.dispatchEvent(new Event('input', { bubbles: true }))
		url.focus()
	}

	return {
		enabled: field({ label: 'Enabled', control: enabled }),
		url: field({
			label: 'URL',
			hint: 'A public address. This machine, private networks and internal names are refused.',
			control: url,
			beside: button('Use this receiver', useReceiver),
		}),
		allow_local: field({
			label: 'Test events may go to this machine',
			hint: 'For local work: Chatislav itself refuses localhost. Not saved in the file.',
			control: local,
			isInline: true,
		}),
		method: field({ label: 'Method', control: method }),
		timeout: field({
			label: 'Timeout (seconds)',
			hint: 'How long an attempt may take, at most 600.',
			control: timeout,
			read: () => duration(timeout.value),
			write: (saved) => (timeout.value = seconds(saved)),
			plain: seconds,
		}),
		events: events(),
		headers: customHeaders(),
	}
}

const checkbox = (props) => h('input', { type: 'checkbox', ...props })

function events() {
	const list = h('div', { class: 'events' })
	const boxes = () => [...list.querySelectorAll('input')]
	const selected = () => boxes().filter(({ checked }) => checked).map(({ value }) => value)
	const choices = field({
		label: 'Events',
		hint: 'With none selected, nothing is sent.',
		control: list,
		isGroup: true,
		read: selected,
		write: (saved) => boxes().forEach((box) => (box.checked = saved.includes(box.value))),
		focus: () => boxes()[0]?.focus(),
	})
	/** Adds the events to choose from: the screen's, and whatever else the file names. */
	const offer = (names) => {
		for (const name of names) {
			if (boxes().some(({ value }) => value === name)) continue
			list.append(h('label', { class: 'choice' }, checkbox({ value: name }), h('code', null, name)))
		}
	}
	return { ...choices, offer }
}

const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600 }

/** The seconds of a duration such as `30s`, `250ms` or `10m`, as text; what is none stays as it is. */
function seconds(duration) {
	const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration) ?? []
	return number === undefined ? duration : String(Number((number * UNITS[unit]).toPrecision(12)))
}

/** What is no number goes as it was typed. */
const duration = (typed) => (/^[\d.]+$/.test(typed.trim()) ? `${typed.trim()}s` : typed)
