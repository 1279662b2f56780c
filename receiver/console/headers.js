// Header lines in their order and case.

import { copyButton } from './copy.js'
import { h } from './dom.js'
import { visible } from './visible.js'

export function headers(app, { title, lines }) {
	const rows = lines.map(([name, value]) =>
		h('tr', null, h('th', { scope: 'row' }, visible(name)), h('td', null, visible(value)),
			h('td', { class: 'copy' }, copyButton(app, { what: name, text: () => value, className: 'plain' }))))
	return h('section', { class: 'part' },
		h('div', { class: 'part-head' }, h('h3', null, title), h('span', { class: 'quiet' }, lines.length)),
		lines.length > 0 && h('table', { class: 'lines mono', 'aria-label': title }, h('tbody', null, rows)))
}
