// Custom Headers: a row each, added and removed.

import { button, h, set } from './dom.js'
import { field } from './webhooks-field.js'

export function customHeaders() {
	const rows = h('ol', { class: 'headers' })
	const add = button('Add header', () => insert('', '').focus())
	const inputs = (row) => [...row.querySelectorAll('input')]
	const entries = () => [...rows.children].map((row) => inputs(row).map(({ value }) => value.trim()))

	function insert(name, value) {
		const input = (label, text) => h('input', { value: text, placeholder: label, 'aria-label': `${label} of header` })
		const key = input('Name', name)
		const remove = button('Remove', () => drop(row), { class: 'plain' })
		const row = h('li', null, key, input('Value', value), remove)
		// Beside others of its kind, the button is told by its header.
		const label = () => set(remove, 'aria-label', `Remove header ${key.value}`.trim())
		key.addEventListener('input', label)
		label()
		rows.append(row)
		return key
	}

	function drop(row) {
		const next = row.nextElementSibling ?? row.previousElementSibling
		row.remove()
		;(next?.querySelector('button') ?? add).focus()
		rows.dispatchEvent(new Event('input', { bubbles: true }))
	}

	return field({
		label: 'Custom Headers',
		hint: 'Sent with every event beside Chatislav’s own.',
		control: rows,
		isGroup: true,
		beside: add,
		// An empty row is no header.
		read: () => entries().filter((entry) => entry.join('') !== '').map(([name, value]) => ({ name, value })),
		write(headers) {
			rows.replaceChildren()
			for (const { name, value } of headers) insert(name, value)
		},
		// To the header that is named; of repeated ones the last is refused.
		focus(sentence) {
			const words = ` ${sentence.toLowerCase()}`.replaceAll('`', ' ')
			const at = entries().findLastIndex(([name]) => name !== '' && words.includes(` ${name.toLowerCase()} `))
			;(rows.children[Math.max(at, 0)]?.querySelector('input') ?? add).focus()
		},
	})
}
