// A body: indented if it is JSON, as it came, or as bytes.

import { fromBase64, hexPieces, rawPieces, utf8 } from './bytes.js'
import { copyButton, save } from './copy.js'
import { fill, h } from './dom.js'
import { pieces } from './pieces.js'
import { prettyPieces } from './pretty.js'
import { size } from './words.js'

const VIEWS = { pretty: 'Pretty', raw: 'Raw', hex: 'Hex' }
/** Whoever looked at bytes last looks at bytes next. */
let preferred = 'pretty'

/** A section with the body, which comes as base64. `name` is what a file of it is called. */
export function body(app, { title, base64, name }) {
  const bytes = fromBase64(base64)
  const text = utf8(bytes)
  const isJson = text !== undefined && isParsed(text)
  const shown = h('div', { class: 'bytes', tabindex: '0', role: 'group', 'aria-label': title })
  const buttons = Object.entries(VIEWS).map(([view, label]) =>
    h('button', { type: 'button', disabled: view === 'pretty' && !isJson, dataset: { view }, onclick: () => turn((preferred = view)) }, label),
  )

  function turn(wanted) {
    const view = wanted === 'pretty' && !isJson ? 'raw' : wanted
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.view === view))
    shown.className = `bytes ${view}`
    fill(shown, pieces(view === 'pretty' ? prettyPieces(text) : view === 'raw' ? rawPieces(bytes) : hexPieces(bytes)))
  }

  turn(preferred)
  return h(
    'section',
    { class: 'part' },
    h(
      'div',
      { class: 'part-head' },
      h('h3', null, title),
      h('span', { class: 'quiet' }, size(bytes.length), !isJson && bytes.length > 0 && (text === undefined ? ', not UTF-8' : ', not JSON')),
      bytes.length > 0 && [
        h('div', { class: 'segments', role: 'group', 'aria-label': `How to show: ${title}` }, buttons),
        text !== undefined && copyButton(app, { what: title.toLowerCase(), text: () => text, className: 'plain' }),
        h('button', { type: 'button', class: 'plain', onclick: () => save(bytes, name) }, 'Save'),
      ],
    ),
    bytes.length > 0 && shown,
  )
}

function isParsed(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
