// To the clipboard, and to a file.

import { button, h } from './dom.js'

/** `text` may be a promise. */
export async function copy(app, text, what) {
	try {
		await navigator.clipboard.writeText(await text)
		app.toast(`Copied ${what}`)
	} catch (error) {
		app.toast(`Not copied: ${error.message}`, { kind: 'bad' })
	}
}

/** A button that copies what `text()` gives when it is pressed. */
export const copyButton = (app, { label = 'Copy', what, text, className }) =>
	button(label, () => copy(app, text(), what), { class: className, 'aria-label': label === 'Copy' ? `Copy ${what}` : null })

/** A line for a shell, with its button. */
export const commandLine = (app, line) => h('div', { class: 'command' }, h('code', null, line), copyButton(app, { what: 'the command', text: () => line }))

/** Saves bytes as a file. */
export function save(bytes, name) {
	const url = URL.createObjectURL(new Blob([bytes]))
	h('a', { href: url, download: name }).click()
	setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
