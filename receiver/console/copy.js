// To the clipboard, and to a file.

import { h } from './dom.js'

/** `text` may be a promise. */
export async function copy(app, text) {
  try {
    await navigator.clipboard.writeText(await text)
    app.toast('Copied.')
  } catch (error) {
    const why = error.name === 'NotAllowedError' ? 'the browser does not let this page copy: select the text instead' : error.message
    app.toast(`Not copied: ${why}.`, { kind: 'bad' })
  }
}

/** A button that copies what `text()` gives when it is pressed. Its name says what. */
export function copyButton(app, name, text, { label = 'Copy', className } = {}) {
  return h('button', { type: 'button', class: className, 'aria-label': name, onclick: () => copy(app, text()) }, label)
}

/** A line for a shell, with its button. */
export const commandLine = (app, line) => h('div', { class: 'command' }, h('code', null, line), copyButton(app, 'Copy command', () => line))

/** Saves bytes as a file. */
export function save(bytes, name) {
  const url = URL.createObjectURL(new Blob([bytes]))
  h('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
