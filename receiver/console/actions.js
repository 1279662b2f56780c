// What is done with all requests: kept, told about, forgotten.

import { query } from './api.js'
import { save } from './copy.js'
import { fresh, h, text } from './dom.js'

const FORMATS = { ndjson: 'NDJSON, nothing lost', har: 'HAR', curl: 'curl', httpie: 'httpie', python: 'Python', node: 'Node', pytest: 'pytest', vitest: 'vitest' }
const ENDS = { ndjson: 'ndjson', har: 'har', curl: 'sh', httpie: 'sh', python: 'py', node: 'mjs', pytest: 'py', vitest: 'test.ts' }

export function actions(app, { filter, clear, notify }) {
  const format = h('select', { 'aria-label': 'Format' }, Object.entries(FORMATS).map(([name, label]) => h('option', { value: name }, label)))
  const redact = h('input', { type: 'checkbox' })
  const bell = h('button', { type: 'button', hidden: !notify.isKnown, onclick: async () => (await notify.turn(), say()) })

  async function download() {
    try {
      const bytes = await app.api.bytes(query('/export', { format: format.value, filter: filter(), redact: redact.checked || undefined }))
      save(bytes, `requests.${ENDS[format.value]}`)
    } catch (error) {
      app.toast(error.message, { kind: 'bad' })
    }
  }

  const say = () => text(bell, notify.isOn() ? 'No more notifications' : 'Notify me of refused requests')
  const element = h(
    'details',
    { class: 'menu', ontoggle: say, onkeydown: leave, onfocusout: (event) => element.contains(event.relatedTarget) || event.relatedTarget === null || (element.open = false) },
    h('summary', { class: 'button' }, 'More'),
    h('div', { class: 'menu-list' },
      h('div', { class: 'row' }, format, h('button', { type: 'button', onclick: download }, 'Export')),
      h('label', { class: 'choice' }, redact, 'without personal data'),
      bell,
      h('button', { type: 'button', class: 'danger', onclick: () => (element.open = false, confirmed(clear)) }, 'Forget all requests…'),
    ),
  )

  function leave(event) {
    if (event.key !== 'Escape' || !element.open) return
    event.preventDefault()
    element.open = false
    element.querySelector('summary').focus()
  }

  addEventListener('pointerdown', (event) => element.contains(event.target) || (element.open = false))
  return { element }
}

/** Asks before what cannot be undone. */
function confirmed(act) {
  const title = fresh('confirm')
  const dialog = h(
    'dialog',
    { class: 'confirm', 'aria-labelledby': title, onclose: () => dialog.remove() },
    h('form', { class: 'dialog-form', method: 'dialog' },
      h('h2', { id: title }, 'Forget all requests?'),
      h('p', null, 'They are gone from this receiver, from its store too. What should be kept, export first.'),
      h('div', { class: 'row dialog-end' }, h('button', { value: 'no' }, 'Keep them'), h('button', { class: 'danger', type: 'button', onclick: () => (dialog.close(), act()) }, 'Forget all')),
    ),
  )
  document.body.append(dialog)
  dialog.showModal()
}
