// The list of keys.

import { fresh, h } from './dom.js'

const NAMES = { ArrowDown: '↓', ArrowUp: '↑', Escape: 'Esc', ' ': 'Space' }

export function help(keys) {
  const title = fresh('keys')
  const shown = (key) => key.split(' ').map((part) => h('kbd', null, NAMES[part] ?? part))
  const rows = keys.list().filter(({ does }) => does !== undefined).map(({ keys, does }) => [
    h('dt', null, keys.map((key, index) => [index > 0 && ' or ', shown(key)])),
    h('dd', null, does),
  ])
  const single = h('input', { type: 'checkbox', checked: keys.isOn(), onchange: (event) => keys.turn(event.target.checked) })
  const dialog = h(
    'dialog',
    { class: 'help', 'aria-labelledby': title, onclose: () => dialog.remove() },
    h('form', { method: 'dialog' }, h('h2', { id: title }, 'Keys'), h('button', { class: 'plain', 'aria-label': 'Close' }, '×')),
    h('dl', null, rows),
    h('label', { class: 'choice' }, single, 'Keys of one letter are commands'),
  )
  document.body.append(dialog)
  dialog.showModal()
}
