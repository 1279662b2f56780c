// Bytes as text and as hexadecimal digits, in pieces: a body may be a line of 5 MiB, and need not be text.

import { h } from './dom.js'
import { strayBytes, visible } from './visible.js'

const TEXT_PIECE = 16 * 1024
const ROWS = 256
const ACROSS = 16

export const fromBase64 = (text) => Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (character) => character.charCodeAt(0))

export function toBase64(bytes) {
  if (bytes.toBase64) return bytes.toBase64()
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

/** The text of bytes that are UTF-8, whole; undefined for others. */
export function utf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Nodes for one piece after the other: text where it is text, marks for the bytes between. */
export function* rawPieces(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const to = characterStart(bytes, Math.min(at + TEXT_PIECE, bytes.length), at)
    yield h('div', { class: 'piece' }, segments(bytes.subarray(at, to)))
    at = to
  }
}

/** Where the character begins that `to` is in. */
function characterStart(bytes, to, from) {
  let start = to
  while (start < bytes.length && start > from + 1 && to - start < 3 && (bytes[start] & 0xc0) === 0x80) start -= 1
  return (bytes[start] & 0xc0) === 0x80 && start < bytes.length ? to : start
}

function segments(bytes) {
  const whole = utf8(bytes)
  if (whole !== undefined) return visible(whole)
  const pieces = []
  let at = 0
  while (at < bytes.length) {
    let good = at
    for (let length; (length = characterLength(bytes, good)) > 0; ) good += length
    if (good > at) pieces.push(visible(utf8(bytes.subarray(at, good))))
    let stray = good
    while (stray < bytes.length && characterLength(bytes, stray) === 0) stray += 1
    if (stray > good) pieces.push(strayBytes(bytes.subarray(good, stray)))
    at = stray
  }
  return pieces
}

/** How many bytes the character has that begins here; 0 if none does (Unicode, table 3-7). */
function characterLength(bytes, at) {
  const first = bytes[at]
  if (first === undefined) return 0
  if (first < 0x80) return 1
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0
  const second = bytes[at + 1]
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (length === 0 || !(second >= least && second <= most)) return 0
  for (let more = 2; more < length; more += 1) if ((bytes[at + more] & 0xc0) !== 0x80) return 0
  return length
}

/** Sixteen bytes a row: offset, digits, what is printable. */
export function* hexPieces(bytes) {
  const size = ROWS * ACROSS
  for (let at = 0; at < bytes.length; at += size) {
    const rows = []
    for (let row = at; row < Math.min(at + size, bytes.length); row += ACROSS) rows.push(hexRow(bytes.subarray(row, row + ACROSS), row))
    yield h('div', { class: 'piece' }, rows.join('\n'))
  }
}

function hexRow(bytes, offset) {
  let [digits, characters] = ['', '']
  for (let index = 0; index < ACROSS; index += 1) {
    const byte = bytes[index]
    digits += `${byte === undefined ? '  ' : byte.toString(16).padStart(2, '0')}${index === 7 ? '  ' : ' '}`
    if (byte !== undefined) characters += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'
  }
  return `${offset.toString(16).padStart(6, '0')}  ${digits} ${characters}`
}
