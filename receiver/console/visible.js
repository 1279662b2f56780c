// Text of strangers, with everything visible that a screen would hide or obey.

import { h } from './dom.js'

// Control characters but line feed and tab; what turns the direction of text; what takes no room.
const HIDDEN =
	/(?:[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|\p{Cs}|[\u{e0000}-\u{e0fff}])+/gu
/** What emoji are made with is hidden only where there is no emoji before it. */
const JOINER = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f][\u200d\ufe0f]$/u

function picture(character) {
	const code = character.codePointAt(0)
	if (code < 0x20) return String.fromCharCode(0x2400 + code)
	return code === 0x7f ? '␡' : `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

const pictures = (run) => [...run].map(picture).join('')

/** The same in one text, for places without room for marks. */
export function plain(text, most = 300) {
	const short = text.length > most ? `${text.slice(0, most)}…` : text
	return short.replace(HIDDEN, pictures).replace(/[\n\t]/g, picture)
}

/** Pieces for an element: the text, and a mark for each run of what is hidden. */
export function visible(text, className) {
	const pieces = []
	let at = 0
	const upTo = (end) => {
		const piece = text.slice(at, end)
		if (piece !== '') pieces.push(className === undefined ? piece : h('span', { class: className }, piece))
	}
	for (const { 0: run, index } of text.matchAll(HIDDEN)) {
		if (run.length === 1 && JOINER.test([...text.slice(Math.max(0, index - 2), index + 1)].slice(-2).join(''))) continue
		upTo(index)
		pieces.push(mark(pictures(run)))
		at = index + run.length
	}
	upTo(text.length)
	return pieces
}

/** What stands for something that is not text. */
export const mark = (said) => h('span', { class: 'hidden-character' }, said)
