// The one box that filters, in the language of the command line.

import { debounce, fresh, h } from './dom.js'
import { place } from './place.js'

const WAIT = 250

/** `apply(text)` throws the ApiError of a filter that is none. */
export function filterBox(apply) {
	const id = fresh('filter')
	const input = h('input', {
		id, type: 'search', class: 'mono', spellcheck: false, autocomplete: 'off', autocapitalize: 'off', 'aria-keyshortcuts': '/',
		placeholder: 'status:401,5xx  event:lead_*  verified  "text in the body"',
	})
	const fault = place(input)
	let asked = ''

	async function run() {
		later.cancel()
		const text = input.value.trim()
		if (text === asked) return
		asked = text
		// Somebody who types on is not told about what stood there before.
		const isStill = () => text === input.value.trim()
		try {
			await apply(text)
			if (isStill()) fault.clear()
		} catch (error) {
			if (asked === text) asked = null
			if (isStill()) fault.show(error)
		}
	}
	const later = debounce(WAIT, run)
	input.addEventListener('input', later)
	input.addEventListener('keydown', (event) => {
		if (event.key === 'Enter') run()
		if (event.key !== 'Escape') return
		event.preventDefault()
		if (input.value === '') return input.blur()
		input.value = ''
		run()
	})
	const element = h('search', { class: 'filter' }, h('label', { for: id }, 'Filter'), h('div', { class: 'with-place' }, input, fault.element))
	return {
		element,
		focus: () => (input.focus(), input.select()),
		/** Shows a filter that is in force already. */
		set(text) {
			asked = text
			input.value = text
			fault.clear()
		},
		fail: fault.show,
	}
}
