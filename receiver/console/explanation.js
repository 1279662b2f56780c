// Why a signature does not fit: a search of up to a second, when somebody asks for it.

import { requestPath } from './api.js'
import { button, facts, fill, h } from './dom.js'

export function explanation(app, id) {
	const element = h('div', { class: 'explanation', role: 'status' }, button('Explain', explain))

	async function explain() {
		try {
			const { message, fix, offset, at_hand: here, signed } = await app.api.get(requestPath(id, '/explain'))
			fill(element,
				h('p', null, message, '.'),
				offset !== null && facts([[`Here, at byte ${offset}`, h('code', null, here)], ['Signed', h('code', null, signed)]]),
				h('p', null, h('strong', null, 'Fix: '), fix, '.'))
		} catch (error) {
			app.toast(error.message, { kind: 'bad' })
		}
	}

	return element
}
