// The keys. A command is asked for by one, or by two in a row such as `g w`.

import { recall, remember } from './remembered.js'

/** How long the second key of two may take, in milliseconds. */
const SEQUENCE = 1500

/** Keys of one letter can be turned off, for those who dictate or slip. */
let isOn = recall('keys') !== 'off'

/** The keys of a page. `list()` gives the commands in the order in which they were added. */
export function registry() {
	const commands = []
	let first = { at: -Infinity }

	document.addEventListener('keydown', (event) => {
		const { key, target, timeStamp } = event
		if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
		if (isTyping(target) || document.querySelector('dialog[open]') !== null || (key.length === 1 && !isOn)) return
		const pair = timeStamp - first.at < SEQUENCE && find(`${first.key} ${key}`)
		const command = pair || find(key)
		first = { key, at: commands.some(({ keys }) => keys.some((known) => known.startsWith(`${key} `))) && !pair ? timeStamp : -Infinity }
		if (command === undefined || command.isNative || (key === 'Enter' && isPressed(target))) return
		event.preventDefault()
		command.run(event)
	})

	const find = (key) => commands.findLast(({ keys, when }) => keys.includes(key) && (when?.() ?? true))

	return {
		/** Adds commands `{ keys: ['j', 'ArrowDown'], does: 'next request', run, when? }`; the answer removes them. */
		add(...more) {
			commands.push(...more)
			return () => more.forEach((command) => commands.splice(commands.indexOf(command), 1))
		},
		list: () => [...commands],
		isOn: () => isOn,
		turn(on) {
			isOn = on
			remember('keys', on ? 'on' : 'off')
		},
	}
}

/** Whether a key is text here. */
const isTyping = (element) => element.matches?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]')

/** Whether Enter means something to this element itself. */
const isPressed = (element) => element.closest?.('a[href], button, summary, input, [role=tab]') !== null
