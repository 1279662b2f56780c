// A request sent again: as it was, or edited before.

import { query } from './api.js'
import { fromBase64, toBase64, utf8 } from './bytes.js'
import { fresh, h, text } from './dom.js'
import { statusKind } from './words.js'

/** What can be edited as text in the page; longer bodies go as they are. */
const EDITABLE = 512 * 1024

export function replayDialog(app, capture, replayed) {
  const bytes = fromBase64(capture.body)
  const said = utf8(bytes)
  const isEditable = said !== undefined && bytes.length <= EDITABLE
  const original = { method: capture.method, target: capture.target, headers: linesOf(capture.headers), body: isEditable ? said.replace(/\r\n?/g, '\n') : '' }
  const ids = Object.fromEntries(['title', 'method', 'target', 'headers', 'body', 'note'].map((name) => [name, fresh(name)]))

  const method = h('input', { id: ids.method, class: 'mono', value: original.method, required: true, spellcheck: false, autocomplete: 'off' })
  const target = h('input', { id: ids.target, class: 'mono', value: original.target, required: true, spellcheck: false, autocomplete: 'off' })
  const head = h('textarea', { id: ids.headers, rows: 6, value: original.headers, spellcheck: false, wrap: 'off' })
  const body = h('textarea', { id: ids.body, rows: 10, value: original.body, spellcheck: false, disabled: !isEditable, 'aria-describedby': ids.note })
  const resign = h('input', { type: 'checkbox' })
  const note = h('p', { id: ids.note, class: 'quiet' })
  const fault = h('p', { class: 'fault', role: 'alert' })
  const answer = h('p', { class: 'replayed', role: 'status' })
  const send = h('button', { class: 'primary' })
  const reset = h('button', { type: 'button', onclick: () => put(original) }, 'As captured')

  function put(values) {
    ;[method.value, target.value, head.value, body.value] = [values.method, values.target, values.headers, values.body]
    say()
  }

  const edited = () => ({
    method: method.value !== original.method,
    target: target.value !== original.target,
    headers: head.value !== original.headers,
    body: isEditable && body.value !== original.body,
  })

  function say() {
    const changed = edited()
    const isChanged = Object.values(changed).some(Boolean)
    text(send, isChanged ? 'Send edited' : 'Send again')
    reset.disabled = !isChanged
    if (!isEditable) text(note, said === undefined ? 'The body is not UTF-8, so it goes byte for byte as captured.' : 'The body is too long to edit here, so it goes as captured.')
    else if (changed.body && !resign.checked) text(note, 'The body is another one, so the captured signature does not fit it.')
    else if (changed.body && said.includes('\r')) text(note, 'The captured body has carriage returns, which an edited one has no more.')
    else text(note, changed.body ? 'What stands here is sent, byte for byte.' : 'The captured bytes are sent.')
  }

  async function submit(event) {
    event.preventDefault()
    text(fault, '')
    send.disabled = true
    try {
      const changed = edited()
      const sent = changed.body ? new TextEncoder().encode(body.value) : bytes
      const told = await app.api.post(`/requests/${encodeURIComponent(capture.id)}/replay`, {
        ...(changed.method && { method: method.value }),
        ...(changed.target && { target: target.value }),
        ...(changed.headers && { headers: pairsOf(head.value) }),
        ...(changed.body && { body: toBase64(sent) }),
        ...(resign.checked && { resign: true }),
      })
      answer.className = `replayed ${statusKind(told.status)}`
      answer.replaceChildren(`Answered ${told.status}. `)
      replayed()
      const id = await arrived(app, sent)
      if (id !== undefined) answer.append(h('a', { href: `#/r/${encodeURIComponent(id)}`, onclick: () => dialog.close() }, `Show ${id}`))
    } catch (error) {
      text(fault, `${error.message}.`)
    } finally {
      send.disabled = false
    }
  }

  for (const input of [method, target, head, body, resign]) input.addEventListener('input', say)
  const field = (id, label, control) => h('div', { class: 'field' }, h('label', { for: id }, label), control)
  const dialog = h(
    'dialog',
    { class: 'replay', 'aria-labelledby': ids.title, onclose: () => dialog.remove() },
    h('form', { class: 'dialog-form', onsubmit: submit },
      h('div', { class: 'dialog-top' }, h('h2', { id: ids.title }, `Replay ${capture.id}`), h('button', { type: 'button', class: 'plain', 'aria-label': 'Close', onclick: () => dialog.close() }, '×')),
      h('div', { class: 'replay-line' }, field(ids.method, 'Method', method), field(ids.target, 'Path and query', target)),
      field(ids.headers, 'Headers, one a line', head),
      field(ids.body, 'Body', body),
      note,
      h('label', { class: 'choice' }, resign, 'Sign the body anew with the receiver’s secret'),
      fault,
      answer,
      h('div', { class: 'row dialog-end' }, reset, send),
    ),
  )
  say()
  document.body.append(dialog)
  dialog.showModal()
  send.focus()
}

/** What belongs to the connection is made anew for another one. */
const OF_THE_CONNECTION = /^(?:host|content-length|transfer-encoding|connection|expect)$/i

const linesOf = (headers) => headers.filter(([name]) => !OF_THE_CONNECTION.test(name)).map(([name, value]) => `${name}: ${value}`).join('\n')

function pairsOf(lines) {
  return lines.split('\n').filter((line) => line.trim() !== '').map((line) => {
    const colon = line.indexOf(':')
    if (colon < 1) throw new Error(`a header is written "Name: value", not "${line.slice(0, 40)}"`)
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
  })
}

/** The newest request with this body: a delivery's key is the SHA-256 of its body. */
async function arrived(app, sent) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', sent))
  const key = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const { requests } = await app.api.get(query('/requests', { filter: `delivery:${key}`, limit: 1 }))
  return requests[0]?.id
}
