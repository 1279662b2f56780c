// The list of keys.

import { dialog, h } from './dom.js'

const NAMES = { ArrowDown: '↓', ArrowUp: '↑', Escape: 'Esc' }

export function help(keys) {
	const shown = (key) => key.split(' ').map((part) => h('kbd', null, NAMES[part] ?? part))
	const rows = keys.list().filter(({ does }) => does).map(({ keys, does }) => [h('dt', null, keys.map((key, index) => [index > 0 && ' or ', shown(key)])), h('dd', null, does)])
	const letters = h('input', { type: 'checkbox', checked: keys.isOn(), onchange: () => keys.turn(letters.checked) })
	dialog('Keys', 'help', h('dl', null, rows), h('label', { class: 'choice' }, letters, 'Keys of one letter are commands'))
}
