// The rows. A delivery is a group of rows, its newest attempt first, joined by a rail; groups stand by their newest.

import { h, set, text } from './dom.js'
import { plain } from './visible.js'
import { clock, size, statusKind, statusWord, verdict } from './words.js'

const COLUMNS = ['Verdict', 'Event', 'Attempt', 'Status', 'Size', 'Time']

/** A forger who knows a body is not its sender, so its requests stand apart. */
const groupOf = ({ delivery, verdict, id }) => (delivery ? `${verdict === 'verified' || verdict === 'unsigned'} ${delivery}` : id)

function row() {
  const symbol = h('span', { class: 'symbol', 'aria-hidden': 'true' })
  const word = h('span')
  const link = h('a', null, symbol, word)
  const [event, attempt, status, bytes, time] = COLUMNS.slice(1).map((name) => h('td', { class: name.toLowerCase() }))
  const second = h('span')
  const thousandths = h('span', { class: 'ms' })
  time.append(second, thousandths)
  return { element: h('tr', null, h('td', { class: 'verdict' }, link), event, attempt, status, bytes, time), link, symbol, word, event, attempt, status, bytes, second, thousandths }
}

function show(cells, request, of, place, state) {
  const { kind, symbol, word } = verdict(request.verdict)
  const name = request.event === '' ? plain(`${request.method} ${request.target}`, 120) : plain(request.event, 120)
  const attempt = request.attempt ? `${request.attempt}/${of}` : ''
  const status = statusWord(request.status, request.end)
  const label = `${word}, ${name}${attempt === '' ? '' : `, attempt ${request.attempt} of ${of}`}, status ${status}`
  text(cells.symbol, symbol)
  text(cells.word, word)
  text(cells.event, name)
  text(cells.attempt, attempt)
  text(cells.status, status)
  text(cells.bytes, size(request.bytes))
  const [second, thousandths = ''] = clock(request.time).split(/(?=\.)/)
  text(cells.second, second)
  text(cells.thousandths, thousandths)
  const href = `#/r/${encodeURIComponent(request.id)}`
  if (cells.href !== href) cells.link.href = cells.href = href
  if (cells.label !== label) set(cells.link, 'aria-label', (cells.label = label))
  const isChosen = request.id === state.chosen
  if (cells.isChosen !== isChosen) set(cells.link, 'aria-current', (cells.isChosen = isChosen) ? 'true' : null)
  const classes = [place, isChosen && 'chosen', request.id === state.marked && 'marked', request.event === '' && 'nameless'].filter(Boolean).join(' ')
  if (cells.element.className !== classes) cells.element.className = classes
  const kinds = `${kind} ${statusKind(request.status)}`
  if (cells.kinds !== kinds) {
    cells.kinds = kinds
    cells.link.className = kind
    cells.status.className = `status ${statusKind(request.status)}`
  }
}

/** A table whose rows are used again: `render(requests, { chosen, marked })`, the newest first. */
export function list() {
  const head = h('thead', null, h('tr', null, COLUMNS.map((name) => h('th', { scope: 'col', class: name.toLowerCase() }, name))))
  const table = h('table', { class: 'requests-table' }, h('caption', { class: 'unseen' }, 'Requests, the newest first; the attempts of a delivery stand together'), head)
  let rows = new Map()
  let groups = new Map()

  function render(requests, state) {
    const wanted = new Map()
    for (const request of requests) {
      const key = groupOf(request)
      if (wanted.has(key)) wanted.get(key).push(request)
      else wanted.set(key, [request])
    }
    const ids = new Set(requests.map(({ id }) => id))
    const freeRows = [...rows].filter(([id]) => !ids.has(id)).map(([, cells]) => cells)
    const freeGroups = [...groups].filter(([key]) => !wanted.has(key)).map(([, body]) => body)
    const [nextRows, nextGroups] = [new Map(), new Map()]
    let after = head
    for (const [key, attempts] of wanted) {
      const body = groups.get(key) ?? freeGroups.pop() ?? h('tbody')
      nextGroups.set(key, body)
      const of = Math.max(...attempts.map(({ attempt }) => attempt ?? 0))
      attempts.forEach((request, index) => {
        const cells = rows.get(request.id) ?? freeRows.pop() ?? row()
        nextRows.set(request.id, cells)
        const place = attempts.length === 1 ? '' : index === 0 ? 'first' : index === attempts.length - 1 ? 'last' : 'between'
        show(cells, request, of, place, state)
        if (body.children[index] !== cells.element) body.insertBefore(cells.element, body.children[index] ?? null)
      })
      while (body.childElementCount > attempts.length) body.lastElementChild.remove()
      if (after.nextElementSibling !== body) after.after(body)
      after = body
    }
    while (after.nextElementSibling !== null) after.nextElementSibling.remove()
    ;[rows, groups] = [nextRows, nextGroups]
  }

  /** The ids as they stand. */
  const order = () => [...table.querySelectorAll('tbody a')].map((link) => link.hash.slice(4)).map(decodeURIComponent)
  const focus = (id) => rows.get(id)?.link.focus()
  return { table, render, order, focus, has: (id) => rows.has(id) }
}
