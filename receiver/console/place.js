// A fault, shown under its place in a line of text.

import { fresh, h, text } from './dom.js'

/** `show({ message, at })` and `clear()` for an input; `at` is a byte of what was sent. */
export function place(input) {
	const id = fresh('place')
	const before = h('span', { class: 'before' })
	const pointer = h('div', { class: 'pointer', 'aria-hidden': 'true', hidden: true }, before, '▲')
	const message = h('p', { id, class: 'fault', role: 'status' })
	const follow = () => (pointer.scrollLeft = input.scrollLeft)
	input.setAttribute('aria-describedby', id)
	input.addEventListener('scroll', follow)
	return {
		element: h('div', null, pointer, message),
		show(error) {
			text(before, new TextDecoder().decode(new TextEncoder().encode(input.value).subarray(0, error.at)))
			pointer.hidden = error.at === undefined
			text(message, error.message)
			input.setAttribute('aria-invalid', 'true')
			follow()
		},
		clear() {
			pointer.hidden = true
			text(message, '')
			input.removeAttribute('aria-invalid')
		},
	}
}
