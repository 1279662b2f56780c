// Text of strangers, with everything visible that a screen would hide or obey.

import { h } from './dom.js'

// Control characters but the line feed and the tab; what turns the direction of text; what takes no room.
const HIDDEN =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\u{e0000}-\u{e0fff}]/gu
const RUNS = new RegExp(`(?:${HIDDEN.source})+`, 'gu')
/** What emoji are made with is hidden only where there is no emoji before it. */
const JOINERS = /(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])[\u200d\ufe0f]/u

const NAMES = new Map([
  [0x202a, 'left-to-right embedding'], [0x202b, 'right-to-left embedding'], [0x202c, 'end of embedding'],
  [0x202d, 'left-to-right override'], [0x202e, 'right-to-left override'], [0x2066, 'left-to-right isolate'],
  [0x2067, 'right-to-left isolate'], [0x2069, 'end of isolate'], [0x200b, 'zero width space'], [0xfeff, 'byte order mark'],
  [0x1b, 'escape'], [0, 'NUL'], [0x0d, 'carriage return'],
])

function picture(character) {
  const code = character.codePointAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  return `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

const pictures = (run) => [...run].map(picture).join('')

/** The same in one text, for places without room for marks. */
export function plain(text, most = 300) {
  const short = text.length > most ? `${text.slice(0, most)}…` : text
  return short.replace(RUNS, pictures).replace(/[\n\t]/g, (character) => picture(character))
}

/** Pieces for an element: the text, and a mark for each run of what is hidden. */
export function visible(text, className) {
  const pieces = []
  let at = 0
  const plainly = (piece) => pieces.push(className === undefined ? piece : h('span', { class: className }, piece))
  for (const match of text.matchAll(RUNS)) {
    if (match[0].length === 1 && JOINERS.test(text.slice(Math.max(0, match.index - 2), match.index + 1))) continue
    if (match.index > at) plainly(text.slice(at, match.index))
    pieces.push(mark(match[0]))
    at = match.index + match[0].length
  }
  if (at < text.length) plainly(text.slice(at))
  return pieces
}

/** What stands for something that is not text. */
export function mark(run) {
  const title = NAMES.get(run.codePointAt(0))
  return h('span', { class: 'hidden-character', title: run.length === 1 ? title : undefined }, pictures(run))
}

/** What stands for bytes that are not UTF-8. */
export const strayBytes = (bytes) =>
  h('span', { class: 'hidden-character stray', title: 'not UTF-8' }, [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''))
