// How two requests differ: what became of them, their heads, their bytes, their JSON.

import { requestPlace } from './api.js'
import { button, h } from './dom.js'
import { visible } from './visible.js'
import { size } from './words.js'

export function difference(told, back) {
	const parts = [
		told.changed.length > 0 && part('What became of it', table(told.changed.map(({ name, before, after }) => [name, before, after]))),
		told.headers && part('Headers', heads(told.headers)),
		told.body && part('Bytes of the body', octets(told.body)),
		told.json && part('The body as JSON', json(told.json)),
		told.answer_headers && part('Headers of the answer', heads(told.answer_headers)),
		told.answer_body && part('Bytes of the answer', octets(told.answer_body)),
	]
	return [
		h('div', { class: 'row' }, h('p', null, 'From ', link(told.before), ' to ', link(told.after)), button('Back to the request', back)),
		parts.some(Boolean) ? parts : h('p', { class: 'note' }, 'Nothing is different: the same words, headers and bytes.'),
	]
}

const link = (id) => h('a', { class: 'mono', href: requestPlace(id) }, id)
const part = (title, ...content) => h('section', { class: 'part' }, h('h3', null, title), content)

/** Rows of a name, what was, and what is; undefined where there is nothing. */
function table(rows) {
	const cell = (value, className) => h('td', { class: className }, value === undefined ? '–' : visible(value))
	return h('table', { class: 'lines mono differs' },
		h('thead', { class: 'unseen' }, h('tr', null, ['Name', 'Before', 'After'].map((name) => h('th', { scope: 'col' }, name)))),
		h('tbody', null, rows.map(([name, before, after]) => h('tr', null, h('th', { scope: 'row' }, visible(name)), cell(before, 'before'), cell(after, 'after')))))
}

function heads({ added, removed, changed, recased, order }) {
	const rows = [
		...changed.map(([name, before, after]) => [name, before.join('\n'), after.join('\n')]),
		...removed.map(([name, values]) => [name, values.join('\n')]),
		...added.map(([name, values]) => [name, undefined, values.join('\n')]),
		...recased.map(([before, after]) => ['written', before, after]),
	]
	return [rows.length > 0 && table(rows), order === 'different' && h('p', { class: 'quiet' }, 'They stand in another order.')]
}

function octets({ first, lengths, regions, around: [before, after] }) {
	const where = regions === 1 ? 'one place' : `${regions} places`
	const spaced = ({ hex }) => hex.replace(/..(?=.)/g, '$& ')
	return [
		h('p', null, `They differ in ${where}, first at byte ${first}; ${size(lengths[0])} and ${size(lengths[1])}.`),
		table([['text', before.text, after.text], ['hex', spaced(before), spaced(after)]]),
	]
}

function json({ equal, added, removed, changed, more, spelling }) {
	const rows = [
		...changed.map(({ path, before, after }) => [path || 'all of it', before, after]),
		...removed.map((path) => [path, 'there']),
		...added.map((path) => [path, undefined, 'there']),
	]
	return [
		equal && h('p', null, 'They say the same, and are written in two ways: whoever parses and writes JSON anew breaks the signature so.'),
		rows.length > 0 && table(rows),
		more > 0 && h('p', { class: 'quiet' }, `${more} more paths differ.`),
		spelling.length > 0 && h('p', { class: 'quiet' }, `Different in writing: ${spelling.join(', ').replaceAll('_', ' ')}.`),
	]
}
