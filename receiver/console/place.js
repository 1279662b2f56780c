// A fault, shown under its place in a line of text.

import { fresh, h, text } from './dom.js'

/** The character that a byte of the text's UTF-8 is in. */
export function characterAt(line, byte) {
  let bytes = 0
  let at = 0
  for (const character of line) {
    if (bytes >= byte) break
    const code = character.codePointAt(0)
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    at += character.length
  }
  return at
}

/** `show({ message, at })` and `clear()` for an input; `at` is a byte of what was sent. */
export function place(input) {
  const id = fresh('place')
  const before = h('span', { class: 'before' })
  const pointer = h('div', { class: 'pointer', 'aria-hidden': 'true', hidden: true }, before, h('span', { class: 'caret' }, '▲'))
  const message = h('p', { id, class: 'fault', role: 'status' })
  input.setAttribute('aria-describedby', id)
  const follow = () => (pointer.scrollLeft = input.scrollLeft)
  input.addEventListener('scroll', follow)
  return {
    element: h('div', { class: 'place' }, pointer, message),
    show(error) {
      text(before, error.at === undefined ? '' : input.value.slice(0, characterAt(input.value, error.at)))
      pointer.hidden = error.at === undefined
      text(message, error.message)
      input.setAttribute('aria-invalid', 'true')
      follow()
    },
    clear() {
      pointer.hidden = true
      text(message, '')
      input.removeAttribute('aria-invalid')
    },
  }
}
