// The screen of what arrived: the plan, the list, one request.

import { query, requestPlace } from './api.js'
import { detail } from './detail.js'
import { button, dialog, fill, h, text } from './dom.js'
import { nothing } from './empty.js'
import { filterBox } from './filter.js'
import { journal, MOST } from './journal.js'
import { list } from './list.js'
import { notifier } from './notify.js'
import { planBar } from './plan.js'
import { count } from './words.js'

export function mount(root, app) {
	const state = { chosen: null, marked: null }
	/** What is shown while it does not follow: null, or the requests as they stood. */
	let frozen = null
	let pages = []
	let isOpen = false
	let isScrolled = false
	let hasOlder = false
	let nothingFor = null

	const requests = journal(app.api, { onChange: render, onState, onRequests })
	const rows = list()
	const plan = planBar(app)
	const notify = notifier(app)
	const one = detail(app, { mark, close, replayed: follow })
	const filter = filterBox(async (text) => {
		await open(text)
		if (!root.hidden) history.replaceState(null, '', here())
	})

	const turnFollowing = () => (frozen === null ? pause() : follow())
	const position = button('', turnFollowing, { class: 'follow', 'aria-keyshortcuts': 'f' })
	const older = button('Older requests', goOlder, { class: 'turn' })
	const newer = button('Newer requests', goNewer, { class: 'turn', hidden: true })
	const empty = h('div')
	const scroller = h('section', { class: 'list rows', 'aria-label': 'List of requests' }, newer, rows.table, empty, older)
	root.append(
		h('h1', { class: 'unseen' }, 'Requests'),
		plan.element,
		h('div', { class: 'tools' }, filter.element, position, notify.button, button('Clear…', ask)),
		h('div', { class: 'split' }, scroller, one.element))

	scroller.addEventListener('scroll', () => {
		const isDown = scroller.scrollTop > 4
		if (isDown && frozen === null) {
			isScrolled = true
			pause()
		} else if (!isDown && isScrolled && pages.length === 0) follow()
	})
	rows.table.addEventListener('focusin', () => {
		isScrolled = false
		if (frozen === null) pause()
	})

	const here = () => (state.chosen !== null ? location.hash : query('#/', { filter: requests.filter() }))

	async function open(text) {
		const first = await requests.open(text)
		if (first === null) return
		hasOlder = first.hasOlder
		;[frozen, pages, isOpen] = [null, [], true]
		scroller.scrollTop = 0
		render()
	}

	function render() {
		const newest = requests.newest()
		const shown = frozen ?? newest
		const news = requests.news(frozen === null)
		// What more than fills the page has pushed something out of it.
		if (pages.length === 0 && shown.length === MOST) hasOlder = true
		rows.render(shown, state)
		rows.table.hidden = shown.length === 0
		newer.hidden = pages.length === 0
		older.hidden = !hasOlder || shown.length === 0
		showNothing(shown.length === 0 && isOpen ? requests.filter() : null)
		position.setAttribute('aria-pressed', String(frozen === null))
		position.classList.toggle('news', news > 0 && frozen !== null)
		text(position, frozen === null ? 'Following' : news === 0 ? 'Paused' : `${count(news, 'new', 'new')}, follow`)
	}

	/** Made once for a filter: somebody may be about to press what is in it. */
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
		if (scroller.contains(document.activeElement)) document.activeElement.blur()
		scroller.scrollTop = 0
		render()
	}

	async function goOlder() {
		if (frozen === null) pause()
		const shown = frozen
		const page = await requests.older(shown.at(-1).number)
		// Somebody has turned away meanwhile.
		if (frozen !== shown) return
		hasOlder = page.hasOlder
		if (page.requests.length > 0) {
			pages.push(shown)
			frozen = page.requests
		}
		turned()
	}

	function goNewer() {
		frozen = pages.pop()
		hasOlder = true
		if (pages.length === 0) follow()
		else turned()
	}

	function turned() {
		render()
		scroller.scrollTop = 0
		app.announce(`${count(frozen?.length ?? 0, 'request')} are shown`)
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

	function ask() {
		const asked = dialog('Forget all requests?', 'confirm', h('form', { class: 'dialog-form', method: 'dialog' },
			h('p', null, 'They cannot be brought back.'),
			h('div', { class: 'row dialog-end' }, h('button', null, 'Keep them'), button('Forget all', () => (asked.close(), clear()), { class: 'danger' }))))
	}

	async function clear() {
		await app.api.del('/requests')
		await open(requests.filter())
		close()
	}

	function move(by) {
		const order = rows.order()
		if (order.length === 0) return
		const at = order.indexOf(rows.focused() ?? state.chosen)
		const next = order[Math.min(Math.max(at + by, 0), order.length - 1)]
		pause()
		rows.focus(next)
		if (state.chosen !== null) location.replace(requestPlace(next))
	}

	const selected = () => rows.focused() ?? state.chosen
	const isSelected = () => selected() !== null

	/** Marks a request to compare; the second one is compared with the first. */
	function mark(id) {
		const other = state.marked
		state.marked = other === null ? id : null
		if (other === null) app.toast(`${id} is marked; choose another and press d`)
		else if (other !== id) app.go(requestPlace(id, other))
		render()
	}

	function close() {
		if (state.chosen === null) return
		const id = state.chosen
		state.chosen = null
		app.go(here())
		rows.focus(id)
	}

	const commands = [
		{ keys: ['j', 'ArrowDown'], does: 'next request', run: () => move(1) },
		{ keys: ['k', 'ArrowUp'], does: 'previous request', run: () => move(-1) },
		// The arrows scroll what has the focus there.
		{ keys: ['ArrowDown', 'ArrowUp'], when: () => one.element.contains(document.activeElement), isNative: true },
		{ keys: ['Enter'], does: 'open the request', when: () => rows.focused() !== null, run: () => app.go(requestPlace(rows.focused())) },
		{ keys: ['Escape'], does: 'close the request, or follow again', run: () => (state.chosen === null ? follow() : close()) },
		{ keys: ['r'], does: 'replay it', when: isSelected, run: () => one.replay(selected()) },
		{ keys: ['c'], does: 'copy it as curl', when: isSelected, run: () => one.copyAs('curl', selected()) },
		{ keys: ['y'], does: 'copy its link', when: isSelected, run: () => one.copyLink(selected()) },
		{ keys: ['d'], does: 'mark it to compare, then compare', when: isSelected, run: () => mark(selected()) },
		{ keys: ['f'], does: 'follow the newest, or pause', run: turnFollowing },
		{ keys: ['/'], does: 'filter', run: filter.focus },
		{ keys: ['p'], does: 'change the plan', run: plan.focus },
	]
	let removeKeys = () => {}

	return {
		title: 'Requests',
		show({ path, params, isAnew }) {
			removeKeys()
			removeKeys = app.keys.add(...commands)
			state.chosen = (path[0] === 'r' && path[1]) || null
			root.classList.toggle('one', state.chosen !== null)
			const wanted = params.get('filter') ?? (state.chosen === null && isOpen ? '' : requests.filter())
			if (isAnew || !isOpen || wanted !== requests.filter()) {
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
