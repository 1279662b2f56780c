// A body: indented if it is JSON, as it came, or as bytes.

import { fromBase64, hexPieces, rawPieces, utf8 } from './bytes.js'
import { copyButton, save } from './copy.js'
import { button, fill, group, h } from './dom.js'
import { pieces } from './pieces.js'
import { prettyPieces } from './pretty.js'
import { size } from './words.js'

/** Whoever looked at bytes last looks at bytes next. */
let preferred = 'pretty'

/** A section with the body, in base64. `name` is what a file of it is called. */
export function body(app, { title, base64, name }) {
	const bytes = fromBase64(base64)
	const text = utf8(bytes)
	const isJson = text !== undefined && isParsed(text)
	const shown = h('div', { tabindex: '0', role: 'group', 'aria-label': title })
	const views = { pretty: () => prettyPieces(text), raw: () => rawPieces(bytes), hex: () => hexPieces(bytes) }
	const buttons = Object.keys(views).map((view) => button(view[0].toUpperCase() + view.slice(1), () => turn((preferred = view)), { disabled: view === 'pretty' && !isJson, dataset: { view } }))

	function turn(wanted) {
		const view = wanted === 'pretty' && !isJson ? 'raw' : wanted
		for (const each of buttons) each.setAttribute('aria-pressed', String(each.dataset.view === view))
		shown.className = `bytes ${view}`
		fill(shown, pieces(views[view]()))
	}

	const hasBytes = bytes.length > 0
	if (hasBytes) turn(preferred)
	return h('section', { class: 'part' },
		h('div', { class: 'part-head' },
			h('h3', null, title),
			h('span', { class: 'quiet' }, size(bytes.length), hasBytes && !isJson && (text === undefined ? ', not UTF-8' : ', not JSON')),
			hasBytes && [
				group(`How to show: ${title}`, buttons),
				text !== undefined && copyButton(app, { what: title.toLowerCase(), text: () => text, className: 'plain' }),
				button('Save', () => save(bytes, name), { class: 'plain' }),
			]),
		hasBytes && shown)
}

function isParsed(text) {
	try {
		JSON.parse(text)
		return true
	} catch {
		return false
	}
}
