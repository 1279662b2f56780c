// Something long, put into the page piece by piece as somebody comes to it.

import { h } from './dom.js'

/** An element of the nodes that an iterator gives; more when its end is seen. */
export function pieces(nodes) {
	const button = h('button', { type: 'button', class: 'plain', onclick: more }, 'Show more')
	const element = h('div', { class: 'pieces' }, button)
	const seen = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && more())
	let next = nodes.next()

	function more() {
		if (next.value !== undefined) button.before(next.value)
		next = nodes.next()
		seen.disconnect()
		if (next.done) button.remove()
		// Observed anew, it is told again if the end is still in sight.
		else seen.observe(button)
	}

	more()
	return element
}
