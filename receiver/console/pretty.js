// JSON, indented. Names, numbers and repeats stay as they came: nothing is parsed into values and written anew.

import { h } from './dom.js'
import { visible } from './visible.js'

const PIECE = 16 * 1024
const LINES = 400
/** Deeper levels are not indented further: a body may be nothing but brackets. */
const DEEPEST = 64
const WORD = /[^\s{}[\],:"]+/y
const BLANKS = /\s*/y

/** Nodes for one piece after the other, of a text that is JSON. */
export function* prettyPieces(text) {
  let piece = h('div', { class: 'piece' })
  let [length, lines] = [0, 0]
  for (const [kind, part] of layout(text)) {
    for (let at = 0; at < part.length; ) {
      const to = whole(part, at + PIECE)
      const slice = part.slice(at, to)
      piece.append(...(kind === 'string' || kind === 'name' ? visible(slice, kind) : [kind === '' ? slice : h('span', { class: kind }, slice)]))
      length += slice.length
      lines += kind === '' && slice.includes('\n') ? 1 : 0
      at = to
      if (length < PIECE && lines < LINES) continue
      yield piece
      piece = h('div', { class: 'piece' })
      ;[length, lines] = [0, 0]
    }
  }
  if (length > 0) yield piece
}

/** Not between the halves of a character. */
const whole = (text, to) => (to < text.length && /[\udc00-\udfff]/.test(text[to]) ? to + 1 : Math.min(to, text.length))

function* layout(text) {
  const open = []
  let at = 0
  const blanks = () => {
    BLANKS.lastIndex = at
    BLANKS.test(text)
    at = BLANKS.lastIndex
  }
  const newline = () => `\n${'  '.repeat(Math.min(open.length, DEEPEST))}`
  for (blanks(); at < text.length; blanks()) {
    const character = text[at]
    if (character === '"') {
      const end = stringEnd(text, at)
      const said = readable(text.slice(at, end))
      at = end
      blanks()
      yield [text[at] === ':' && open.at(-1) === '}' ? 'name' : 'string', said]
    } else if (character === '{' || character === '[') {
      const close = character === '{' ? '}' : ']'
      at += 1
      blanks()
      if (text[at] === close) {
        at += 1
        yield ['', character + close]
      } else {
        open.push(close)
        yield ['', character + newline()]
      }
    } else if (character === '}' || character === ']') {
      at += 1
      open.pop()
      yield ['', newline() + character]
    } else if (character === ',' || character === ':') {
      at += 1
      yield ['', character === ',' ? `,${newline()}` : ': ']
    } else {
      WORD.lastIndex = at
      const [word] = WORD.exec(text) ?? [character]
      at += word.length
      yield [/^[-\d]/.test(word) ? 'number' : 'literal', word]
    }
  }
}

/** Behind the quote that ends a string. */
function stringEnd(text, start) {
  for (let at = start + 1; ; at += 1) {
    at = text.indexOf('"', at)
    if (at === -1) return text.length
    let escapes = 0
    while (text[at - 1 - escapes] === '\\') escapes += 1
    if (escapes % 2 === 0) return at + 1
  }
}

/** Escapes of characters that can be read become the characters; a backslash before the escape escapes itself. */
const readable = (string) =>
  string.replace(/(?:\\u[\da-f]{4})+|\\[^u]/gi, (escape) => {
    if (!escape.startsWith('\\u')) return escape
    return escape.replace(/\\u([\da-f]{4})/gi, (each, digits) => {
      const code = parseInt(digits, 16)
      return code < 0x20 || code === 0x22 || code === 0x5c ? each : String.fromCharCode(code)
    })
  })
