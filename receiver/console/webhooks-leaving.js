// Whether to leave with changes that were not saved.

import { h } from './dom.js'

/** Asks, and resolves with whether the changes may be dropped. Escape stays. */
export const leaving = () => new Promise((resolve) => {
  const dialog = h('dialog', { class: 'confirm', 'aria-labelledby': 'leaving', onclose: () => (dialog.remove(), resolve(dialog.returnValue === 'leave')) },
    h('form', { method: 'dialog', class: 'dialog-form' },
      h('h2', { id: 'leaving' }, 'Unsaved changes are not applied'),
      h('div', { class: 'row dialog-end' }, h('button', null, 'Stay here'), h('button', { value: 'leave', class: 'danger' }, 'Discard and leave'))))
  document.body.append(dialog)
  dialog.showModal()
})
