// One request: its verdict and why, its delivery, its headers and body, the answer; what can be done with it.

import { query } from './api.js'
import { body } from './body.js'
import { copy, copyButton } from './copy.js'
import { difference } from './difference.js'
import { fill, h } from './dom.js'
import { headers } from './headers.js'
import { overview } from './overview.js'
import { replayDialog } from './replay.js'
import { timeline } from './timeline.js'
import { plain, visible } from './visible.js'
import { clock, duration, statusKind, statusWord, verdict } from './words.js'

const FORMATS = { curl: 'curl', httpie: 'httpie', python: 'Python', node: 'Node' }

/** `mark(id)` and `close()` are the list's; `replayed()` hears of a request that was sent again. */
export function detail(app, { mark, close, replayed }) {
  const content = h('div', { class: 'detail-content' })
  const element = h('section', { class: 'detail', 'aria-label': 'One request' }, content)
  const attempts = timeline(app)
  const summary = overview(app)
  let shown = {}

  async function show(id, other) {
    if (shown.id === id && shown.other === other) return
    const wanted = (shown = { id, other })
    if (id === null) {
      const about = await summary.element()
      return wanted === shown ? void fill(content, about) : undefined
    }
    try {
      const [capture, differs] = await Promise.all([
        app.api.get(`/requests/${encodeURIComponent(id)}`),
        other === null ? null : app.api.get(query('/diff', { a: other, b: id })),
      ])
      if (wanted !== shown) return
      shown.capture = capture
      fill(content, differs === null ? whole(capture) : compared(capture, differs))
      element.scrollTop = 0
      app.announce(`${capture.verdict}, ${plain(capture.event || capture.target, 80)}`)
    } catch (error) {
      if (wanted !== shown) return
      fill(content, top({ id }), h('p', { class: 'note fault' }, `${error.message}.`))
      shown = {}
    }
  }

  const top = ({ id, event, method, target }) =>
    h(
      'header',
      { class: 'detail-top' },
      h('button', { type: 'button', class: 'back plain', onclick: close, 'aria-label': 'Back to the list' }, '←'),
      h('h2', null, event ? visible(event) : method ? visible(`${method} ${target}`) : id),
      h('span', { class: 'mono quiet' }, event === undefined ? '' : id),
      h('button', { type: 'button', class: 'close plain', onclick: close, 'aria-label': 'Close' }, '×'),
    )

  function whole(capture) {
    attempts.show(capture)
    const { kind, symbol, word } = verdict(capture.verdict)
    const { answer } = capture
    return [
      top(capture),
      h('p', { class: `verdict-line ${kind}` }, h('span', { class: 'symbol', 'aria-hidden': 'true' }, symbol), h('span', null, h('strong', null, word), capture.reason !== '' && [': ', visible(capture.reason)])),
      facts(capture),
      tools(capture),
      attempts.element,
      body(app, { title: 'Body', base64: capture.body, name: `${capture.id}.body` }),
      headers(app, { title: 'Headers', lines: capture.headers }),
      answer && [
        headers(app, { title: `Answer ${answer.status}`, lines: answer.headers }),
        answer.body !== '' && body(app, { title: 'Body of the answer', base64: answer.body, name: `${capture.id}.answer` }),
      ],
    ]
  }

  function compared(capture, differs) {
    const path = `/r/${encodeURIComponent(capture.id)}`
    return [top(capture), difference(differs, () => app.go(path))]
  }

  const tools = ({ id }) =>
    h(
      'div',
      { class: 'row detail-tools' },
      h('button', { type: 'button', class: 'primary', 'aria-keyshortcuts': 'r', onclick: () => replay(id) }, 'Replay…'),
      h('button', { type: 'button', 'aria-keyshortcuts': 'd', onclick: () => mark(id) }, 'Compare'),
      copyButton(app, { label: 'Copy link', what: 'the link', text: () => linkTo(id) }),
      h('div', { class: 'segments', role: 'group', 'aria-label': 'Copy as' }, h('span', { class: 'quiet' }, 'Copy as'),
        Object.entries(FORMATS).map(([format, label]) => h('button', { type: 'button', 'aria-label': `Copy as ${label}`, onclick: () => copyAs(format, id) }, label))),
    )

  const linkTo = (id) => `${location.origin}/#/r/${encodeURIComponent(id)}`
  const copyAs = (format, id) => copy(app, app.api.text(query(`/requests/${encodeURIComponent(id)}/export`, { format })), `${id} as ${FORMATS[format]}`)
  const refresh = () => attempts.again()

  async function replay(id) {
    try {
      const capture = shown.capture?.id === id ? shown.capture : await app.api.get(`/requests/${encodeURIComponent(id)}`)
      replayDialog(app, capture, replayed)
    } catch (error) {
      app.toast(error.message, { kind: 'bad' })
    }
  }

  return {
    element,
    show,
    replay,
    copyAs,
    copyLink: (id) => copy(app, linkTo(id), 'the link'),
    /** Requests that came: the timeline may have grown. */
    heard(requests) {
      const delivery = shown.capture?.delivery
      if (delivery && requests.some((request) => request.delivery === delivery)) refresh()
    },
  }
}

function facts(capture) {
  const entries = [
    ['Request', h('span', { class: 'mono' }, visible(`${capture.method} ${capture.target}`))],
    ['Status', h('span', { class: statusKind(capture.answer?.status ?? null) }, statusWord(capture.answer?.status ?? null, capture.end))],
    capture.step && ['Plan step', `${capture.step}: ${capture.action}`],
    ['Time', h('time', { datetime: capture.time, title: capture.time }, clock(capture.time))],
    ['Took', duration(capture.ms)],
    ['From', `${capture.peer}, ${capture.version}`],
    capture.secret !== null && capture.secret > 0 && ['Secret', `an older one, number ${capture.secret + 1}`],
    capture.end !== 'answered' && ['End', capture.end],
  ]
  return h('dl', { class: 'facts' }, entries.filter(Boolean).map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))))
}
