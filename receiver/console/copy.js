// To the clipboard, with a word that it is there.

import { h } from './dom.js'

export async function copy(app, text, what) {
  try {
    await navigator.clipboard.writeText(await text)
    app.toast(`Copied ${what}`)
  } catch (error) {
    app.toast(`Not copied: ${error.message}`, { kind: 'bad' })
  }
}

/** A button that copies what `text()` gives, at once or later. */
export function copyButton(app, { label = 'Copy', what, text, className = '' }) {
  const said = label === 'Copy' ? `Copy ${what}` : undefined
  return h('button', { type: 'button', class: className, 'aria-label': said, onclick: () => copy(app, text(), what) }, label)
}

/** A line for a shell, with its button. */
export const commandLine = (app, line) =>
  h('div', { class: 'command' }, h('pre', { tabindex: '0', 'aria-label': 'Command' }, line), copyButton(app, { what: 'the command', text: () => line }))

/** Saves bytes as a file. */
export function save(bytes, name, type = 'application/octet-stream') {
  const url = URL.createObjectURL(new Blob([bytes], { type }))
  h('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
