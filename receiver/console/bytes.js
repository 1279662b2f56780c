// Bytes as text and as hexadecimal digits, in pieces: a body may be a line of 5 MiB.

import { h } from './dom.js'
import { mark, visible } from './visible.js'

const TEXT_PIECE = 16 * 1024
const HEX_PIECE = 4 * 1024
/** Characters of well-formed UTF-8, one code unit for each byte (Unicode, table 3-7). */
const CHARACTERS =
	/(?:[\0-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+/g

export const fromBase64 = (text) => fromBinary(atob(text))
const fromBinary = (text) => Uint8Array.from(text, (unit) => unit.charCodeAt(0))

function binary(bytes) {
	let text = ''
	for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
	return text
}

export const toBase64 = (bytes) => btoa(binary(bytes))

/** The text of bytes that are UTF-8, whole; undefined for others. */
export function utf8(bytes) {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
	} catch {
		return undefined
	}
}

/** Nodes for each piece: text where it is text, marks for the bytes between. */
export function* rawPieces(bytes) {
	for (let at = 0, to; at < bytes.length; at = to) {
		to = Math.min(at + TEXT_PIECE, bytes.length)
		// Not within a character, which has at most three more bytes than its first.
		for (let back = 0; back < 3 && (bytes[to] & 0xc0) === 0x80; back += 1) to -= 1
		yield h('div', { class: 'piece' }, segments(bytes.subarray(at, to)))
	}
}

function segments(bytes) {
	const whole = utf8(bytes)
	if (whole !== undefined) return visible(whole)
	const units = binary(bytes)
	const pieces = []
	let at = 0
	const stray = (to) => to > at && pieces.push(mark(Array.from(bytes.subarray(at, to), (byte) => `\\x${hex(byte)}`).join('')))
	for (const { 0: run, index } of units.matchAll(CHARACTERS)) {
		stray(index)
		pieces.push(visible(utf8(fromBinary(run))))
		at = index + run.length
	}
	stray(bytes.length)
	return pieces
}

const hex = (number, digits = 2) => number.toString(16).padStart(digits, '0')

/** Sixteen bytes a row: offset, digits, what is printable. */
export function* hexPieces(bytes) {
	for (let at = 0; at < bytes.length; at += HEX_PIECE) {
		const rows = []
		for (let row = at; row < Math.min(at + HEX_PIECE, bytes.length); row += 16) {
			const those = [...bytes.subarray(row, row + 16)]
			const digits = those.map((byte, index) => (index === 8 ? ' ' : '') + hex(byte)).join(' ')
			const printable = those.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('')
			rows.push(`${hex(row, 6)}  ${digits.padEnd(50)}${printable}`)
		}
		yield h('div', { class: 'piece' }, rows.join('\n'))
	}
}
