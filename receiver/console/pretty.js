// JSON, indented. Names, numbers and repeats stay as they came: nothing is parsed into values.

import { h } from './dom.js'
import { visible } from './visible.js'

const PIECE = 16 * 1024
const LINES = 400
/** Deeper levels are not indented further: a body may be nothing but brackets. */
const DEEPEST = 64
const BLANKS = /\s*/y
const WORD = /[^\s{}[\],:"]+/y

/** Nodes for one piece after the other, of a text that is JSON. */
export function* prettyPieces(text) {
	let piece = h('div', { class: 'piece' })
	let [length, lines] = [0, 0]
	for (const [part, isValue] of layout(text)) {
		for (let at = 0, to; at < part.length; at = to) {
			// Not between the halves of a character.
			to = at + PIECE + (/[\udc00-\udfff]/.test(part[at + PIECE]) ? 1 : 0)
			const slice = part.slice(at, to)
			piece.append(...visible(slice, isValue ? 'value' : undefined))
			length += slice.length
			lines += slice.includes('\n') ? 1 : 0
			if (length < PIECE && lines < LINES) continue
			yield piece
			piece = h('div', { class: 'piece' })
			;[length, lines] = [0, 0]
		}
	}
	if (length > 0) yield piece
}

/** Texts in their order, each with whether it is a value. */
function* layout(text) {
	const open = []
	let at = 0
	const match = (pattern) => {
		pattern.lastIndex = at
		const [found] = pattern.exec(text)
		at += found.length
		return found
	}
	const newline = () => `\n${'  '.repeat(Math.min(open.length, DEEPEST))}`
	for (match(BLANKS); at < text.length; match(BLANKS)) {
		const character = text[at]
		if (character === '"') {
			const end = stringEnd(text, at)
			const said = readable(text.slice(at, end))
			at = end
			match(BLANKS)
			yield [said, text[at] !== ':']
		} else if (!'{}[],:'.includes(character)) {
			yield [match(WORD), true]
		} else {
			at += 1
			if (character === ':') yield [': ']
			else if (character === ',') yield [`,${newline()}`]
			else if (character === '}' || character === ']') {
				open.pop()
				yield [newline() + character]
			} else {
				match(BLANKS)
				const isEmpty = text[at] === '}' || text[at] === ']'
				if (isEmpty) yield [character + text[at++]]
				else {
					open.push(character)
					yield [character + newline()]
				}
			}
		}
	}
}

/** Behind the quote that ends a string. */
function stringEnd(text, start) {
	for (let at = start + 1; ; at += 1) {
		at = text.indexOf('"', at)
		let escapes = 0
		while (text[at - 1 - escapes] === '\\') escapes += 1
		if (escapes % 2 === 0) return at + 1
	}
}

/** Escapes of readable characters become the characters; a backslash before escapes itself. */
const readable = (string) =>
	string.replace(/\\(?:u([\da-f]{4})|[^u])/gi, (escape, digits) => {
		const code = parseInt(digits, 16)
		return !(code >= 0x20) || code === 0x22 || code === 0x5c ? escape : String.fromCharCode(code)
	})
