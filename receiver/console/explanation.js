// Why a signature does not fit: a search of up to a second, on demand.

import { requestPath } from './api.js'
import { button, facts, fill, h } from './dom.js'

export function explanation(app, id) {
	const element = h('div', { class: 'explanation', role: 'status', tabindex: -1 }, button('Explain', explain))

	async function explain() {
		const { message, fix, offset, at_hand: here, signed } = await app.api.get(requestPath(id, '/explain'))
		fill(element,
			h('p', null, message, '.'),
			offset !== null && facts([[`Here, at byte ${offset}`, h('code', null, here)], ['Signed', h('code', null, signed)]]),
			h('p', null, h('strong', null, 'Fix: '), fix, '.'))
		element.focus()
	}

	return element
}
