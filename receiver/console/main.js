// The frame of the page: who may see it, which screen is shown, what all screens share.
//
// A screen is a module with `mount(root, app)`, which gives `{ title, show(args), hide(), mayLeave? }`:
// - `args` is `{ path: ['r', 'ID'], params: URLSearchParams, isAnew }`, from `#/r/ID?…`;
// - `show` comes again when the place changes within the screen, and with `isAnew` after a token;
// - `mayLeave()` says whether another screen may take its place, at once or later.
//
// `app` is `{ api, keys, go(hash), announce(text), toast(text, { kind }), connection(state) }`.

import { ApiError, connect } from './api.js'
import { button, fill, h, set, text } from './dom.js'
import { gate } from './gate.js'
import { help } from './help.js'
import { registry } from './keys.js'
import { notices } from './notices.js'
import { theme, turnTheme } from './theme.js'

const SCREENS = {
	requests: () => import('./requests.js'),
	webhooks: () => import('./webhooks.js'),
	verify: () => import('./verify.js'),
}
const PLACES = { '': 'requests', r: 'requests', webhooks: 'webhooks', verify: 'verify' }
const STATES = { connecting: 'Connecting', open: 'Live', waiting: 'Reconnecting', closed: 'Not connected' }

const main = document.getElementById('screen')
const keys = registry()
const { toast, announce } = notices(document.getElementById('toasts'), document.getElementById('announcer'))
const api = connect(() => ask('The receiver does not know the token of this page: it was started anew, or the link is another one’s.'), reached)
const chip = h('span', { class: 'connection', role: 'status', dataset: { state: 'connecting' } })
const app = { api, keys, announce, toast, go, connection }

const mounted = new Map()
let current = null
let asking = false

function go(hash) {
	location.hash = hash.startsWith('#') ? hash : `#${hash}`
}

function connection(state) {
	chip.dataset.state = state
	text(chip, STATES[state] ?? state)
}

/** Not all screens have a stream that tells whether the receiver is there. */
function reached(isThere) {
	if (!isThere) connection('closed')
	else if (chip.dataset.state === 'closed') connection('open')
}

/** Takes the token out of the address, before anything else reads or keeps it. */
function takeToken() {
	const [, token, rest = '/'] = /^#token=([^&]*)&?(.*)$/.exec(location.hash) ?? []
	if (token === undefined) return false
	history.replaceState(null, '', `${location.pathname}#${rest === '' ? '/' : rest}`)
	api.use(token)
	return true
}

/** Asks for the token, and then shows the place that is in the address. */
function ask(reason) {
	if (asking) return
	asking = true
	hideAll()
	connection('closed')
	const { form, focus } = gate(reason, async (token) => {
		api.use(token)
		try {
			await api.get('/receiver')
		} catch (error) {
			return error.status === 401 ? 'That is not the token of this receiver.' : `${error.message}.`
		}
		enter()
		return undefined
	})
	main.querySelector('.gate')?.remove()
	main.append(form)
	focus()
}

function enter() {
	asking = false
	main.querySelector('.gate')?.remove()
	current = null
	route()
}

/** A screen, made when it is first asked for. */
async function screenOf(name) {
	if (!mounted.has(name)) mounted.set(name, made(name))
	return mounted.get(name)
}

async function made(name) {
	const root = h('section', { class: `screen ${name}`, hidden: true })
	main.append(root)
	try {
		const { mount } = await SCREENS[name]()
		return { name, root, screen: mount(root, app) }
	} catch (error) {
		mounted.delete(name)
		fill(root, h('p', { class: 'note fault' }, `This screen could not be loaded: ${error.message}`))
		return { name, root, screen: { title: 'Not loaded', show() {}, hide: () => root.remove() } }
	}
}

function hideAll() {
	current?.screen.hide()
	for (const root of main.querySelectorAll('.screen')) root.hidden = true
}

const placeIn = (hash) => {
	const [path, search] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
	return { path: path.split('/'), params: new URLSearchParams(search ?? '') }
}

let routed = 0

async function route() {
	if (asking) return
	const turn = (routed += 1)
	const args = placeIn(location.hash)
	const name = PLACES[args.path[0]] ?? 'requests'
	if (current !== null && current.name !== name) {
		if ((await current.screen.mayLeave?.()) === false) return history.replaceState(null, '', current.hash)
		if (turn !== routed) return
	}
	const entry = await screenOf(name)
	if (turn !== routed || asking) return
	const isOther = current?.name !== name
	if (isOther) hideAll()
	const isFirst = current === null
	current = { ...entry, hash: location.hash }
	entry.root.hidden = false
	for (const link of document.querySelectorAll('[data-screen]')) set(link, 'aria-current', link.dataset.screen === name ? 'page' : null)
	entry.screen.show({ ...args, isAnew: isFirst })
	document.title = `${entry.screen.title} · Chatislav console`
	if (isOther && !isFirst) {
		main.focus({ preventScroll: true })
		announce(entry.screen.title)
	}
}

function barEnd() {
	const says = () => `Theme: ${theme()}`
	const turn = button(says(), () => (turnTheme(), text(turn, says())), { class: 'plain' })
	document.getElementById('bar-end').append(chip, turn, button(['Keys ', h('kbd', null, '?')], () => help(keys), { class: 'plain', 'aria-keyshortcuts': '?' }))
}

keys.add(
	{ keys: ['g r'], does: 'go to the requests', run: () => go('/') },
	{ keys: ['g w'], does: 'go to the Webhooks screen', run: () => go('/webhooks') },
	{ keys: ['g v'], does: 'go to the verification examples', run: () => go('/verify') },
	{ keys: ['?'], does: 'show the keys', run: () => help(keys) },
)
barEnd()
connection('connecting')
addEventListener('unhandledrejection', (event) => {
	toast(event.reason.message, { kind: 'bad' })
	if (event.reason instanceof ApiError) event.preventDefault()
})
addEventListener('hashchange', () => (takeToken() ? enter() : route()))
if (takeToken()) route()
else ask('A link from chatislav listen carries it; this address does not.')
