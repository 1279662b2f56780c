// The screen of what arrived: the plan, the list, one request.

import { actions } from './actions.js'
import { query } from './api.js'
import { detail } from './detail.js'
import { fill, h, text } from './dom.js'
import { nothing } from './empty.js'
import { filterBox } from './filter.js'
import { journal, MOST } from './journal.js'
import { list } from './list.js'
import { notifier } from './notify.js'
import { planBar } from './plan.js'
import { count } from './words.js'

export function mount(root, app) {
  const state = { chosen: null, marked: null, compared: null }
  /** What is shown while it does not follow: null, or the requests as they stood. */
  let frozen = null
  let pages = []
  let isOpen = false
  let hasOlder = false
  let nothingFor = null
  let isScrolled = false

  const requests = journal(app.api, { onChange: render, onState, onRequests })
  const rows = list()
  const plan = planBar(app)
  const notify = notifier(app)
  const one = detail(app, { mark, close, replayed: () => follow() })
  const filter = filterBox(async (text) => {
    await open(text)
    history.replaceState(null, '', here())
  })

  const position = h('button', { type: 'button', class: 'follow', 'aria-pressed': 'true', 'aria-keyshortcuts': 'f', onclick: () => (frozen === null ? pause() : follow()) })
  const older = h('button', { type: 'button', onclick: goOlder }, 'Older requests')
  const newer = h('button', { type: 'button', onclick: goNewer, hidden: true }, 'Newer requests')
  const empty = h('div', { class: 'empty' })
  const scroller = h('div', { class: 'rows' }, h('div', { class: 'turn' }, newer), rows.table, empty, h('div', { class: 'turn' }, older))
  const more = actions(app, { filter: () => requests.filter(), clear, notify })
  root.append(
    h('h1', { class: 'unseen' }, 'Requests'),
    plan.element,
    h('div', { class: 'tools' }, filter.element, position, more.element),
    h('div', { class: 'split' }, h('section', { class: 'list', 'aria-label': 'List of requests' }, scroller), one.element),
  )

  scroller.addEventListener('scroll', () => {
    const down = scroller.scrollTop > 4
    if (down && frozen === null) [isScrolled] = [true, pause()]
    else if (!down && isScrolled && pages.length === 0) follow()
  })
  rows.table.addEventListener('focusin', () => {
    isScrolled = false
    if (frozen === null) pause()
  })

  const shown = () => frozen ?? requests.newest()
  const here = () => (state.chosen !== null ? location.hash : query('#/', { filter: requests.filter() }))

  async function open(text) {
    const first = await requests.open(text)
    ;[frozen, pages, isOpen] = [null, [], true]
    hasOlder = first.next !== null
    scroller.scrollTop = 0
    render()
  }

  function render() {
    requests.newest()
    const list = shown()
    rows.render(list, state)
    rows.table.hidden = list.length === 0
    showNothing(list.length === 0 && isOpen ? requests.filter() : null)
    const news = requests.news(frozen === null)
    position.setAttribute('aria-pressed', String(frozen === null))
    text(position, frozen === null ? 'Following' : news === 0 ? 'Paused' : `${count(news, 'new', 'new')}, follow`)
    position.classList.toggle('news', news > 0 && frozen !== null)
    // What more than fills the page has pushed something out of it.
    if (pages.length === 0 && list.length === MOST) hasOlder = true
    older.hidden = !hasOlder || list.length === 0
  }

  /** Made once for a filter, since somebody may be about to press what is in it. */
  function showNothing(wanted) {
    if (wanted === nothingFor) return
    nothingFor = wanted
    fill(empty, wanted !== null && nothing(app, wanted, () => app.go('/')))
  }

  function pause() {
    frozen = requests.newest()
    render()
  }

  function follow() {
    ;[frozen, pages, isScrolled] = [null, [], false]
    newer.hidden = true
    scroller.scrollTop = 0
    if (scroller.contains(document.activeElement)) document.activeElement.blur()
    render()
  }

  async function goOlder() {
    const before = shown().at(-1)?.number
    if (before === undefined) return
    const page = await requests.older(before)
    if (page.requests.length > 0) {
      pages.push(shown())
      frozen = page.requests
    }
    turn(page.next !== null)
  }

  function goNewer() {
    frozen = pages.pop()
    if (pages.length === 0) follow()
    turn(true)
  }

  function turn(more) {
    hasOlder = more
    newer.hidden = pages.length === 0
    render()
    scroller.scrollTop = 0
    app.announce(`${count(shown().length, 'request')} are shown`)
  }

  function onState(stream) {
    app.connection(stream)
    if (stream === 'closed') isOpen = false
    if (stream === 'open') plan.refresh()
  }

  function onRequests(fresh) {
    notify.of(fresh)
    one.heard(fresh)
  }

  async function clear() {
    await app.api.del('/requests')
    requests.empty()
    hasOlder = false
    follow()
    close()
    app.toast('Everything is forgotten')
  }

  function move(by) {
    const order = rows.order()
    if (order.length === 0) return
    const at = document.activeElement?.closest('tr') === null ? order.indexOf(state.chosen) : order.indexOf(focused())
    const next = order[Math.min(Math.max(at + by, 0), order.length - 1)]
    pause()
    rows.focus(next)
    if (state.chosen !== null) location.replace(`#/r/${encodeURIComponent(next)}`)
  }

  const focused = () => decodeURIComponent(document.activeElement?.closest('tbody a')?.hash.slice(4) ?? '')
  const selected = () => focused() || state.chosen

  /** Marks a request to compare; the second one is compared with the first. */
  function mark(id) {
    if (state.marked === null || state.marked === id) {
      state.marked = state.marked === id ? null : id
      app.toast(state.marked === null ? 'No request is marked' : `${id} is marked; choose another and press d`)
      return render()
    }
    app.go(`/r/${encodeURIComponent(id)}/diff/${encodeURIComponent(state.marked)}`)
    state.marked = null
    render()
  }

  function close() {
    if (state.chosen === null) return
    const id = state.chosen
    state.chosen = null
    app.go(here())
    rows.focus(id)
  }

  const inList = () => !one.element.contains(document.activeElement)
  const commands = [
    { keys: ['j', 'ArrowDown'], does: 'next request', when: inList, run: () => move(1) },
    { keys: ['k', 'ArrowUp'], does: 'request before', when: inList, run: () => move(-1) },
    { keys: ['j'], run: () => move(1) },
    { keys: ['k'], run: () => move(-1) },
    { keys: ['Enter'], does: 'open the request', when: () => focused() !== '', run: () => app.go(`/r/${encodeURIComponent(focused())}`) },
    { keys: ['Escape'], does: 'close the request, or follow again', run: () => (state.chosen === null ? follow() : close()) },
    { keys: ['r'], does: 'replay it', when: () => selected() !== null, run: () => one.replay(selected()) },
    { keys: ['c'], does: 'copy it as curl', when: () => selected() !== null, run: () => one.copyAs('curl', selected()) },
    { keys: ['d'], does: 'mark it to compare, then compare', when: () => selected() !== null, run: () => mark(selected()) },
    { keys: ['y'], does: 'copy its link', when: () => selected() !== null, run: () => one.copyLink(selected()) },
    { keys: ['f'], does: 'follow the newest, or pause', run: () => (frozen === null ? pause() : follow()) },
    { keys: ['/'], does: 'filter', run: () => filter.focus() },
    { keys: ['p'], does: 'change the plan', run: () => plan.focus() },
  ]
  let removeKeys = () => {}

  return {
    title: 'Requests',
    show({ path, params }) {
      removeKeys()
      removeKeys = app.keys.add(...commands)
      state.chosen = path[0] === 'r' && path[1] ? path[1] : null
      root.classList.toggle('one', state.chosen !== null)
      const wanted = params.get('filter') ?? (state.chosen === null && isOpen ? '' : requests.filter())
      if (!isOpen || wanted !== requests.filter()) {
        filter.set(wanted)
        open(wanted).catch((error) => {
          filter.fail(error)
          if (!isOpen) open('').catch(() => {})
        })
      } else render()
      one.show(state.chosen, path[2] === 'diff' ? path[3] : null)
      plan.refresh()
    },
    hide() {
      removeKeys()
    },
  }
}
