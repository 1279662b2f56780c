// Whether to leave with changes that were not saved.

import { h } from './dom.js'

/** Asks, and resolves with whether the changes may be dropped. Escape stays. */
export function leaving() {
  return new Promise((resolve) => {
    const dialog = h('dialog', { class: 'leaving', 'aria-labelledby': 'leaving', onclose: () => (dialog.remove(), resolve(dialog.returnValue === 'leave')) },
      h('form', { method: 'dialog' },
        h('h2', { id: 'leaving' }, 'Unsaved changes are not applied'),
        h('p', null, 'The settings were changed here and not saved.'),
        h('div', { class: 'row' }, h('button', { value: 'stay', class: 'primary' }, 'Stay here'), h('button', { value: 'leave' }, 'Discard and leave'))))
    document.body.append(dialog)
    dialog.showModal()
  })
}
