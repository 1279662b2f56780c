// A word on the desktop when a request is refused, for those who asked for it.

import { requestPlace } from './api.js'
import { button } from './dom.js'
import { recall, remember } from './remembered.js'
import { plain } from './visible.js'
import { verdict } from './words.js'

/** How long it is quiet after one, in milliseconds. */
const QUIET = 10_000

/** The button that asks for it; `of(requests)` takes what came. */
export function notifier(app) {
	const toggle = button('Notify', turn, { title: 'Tell me on the desktop when a request is refused', hidden: !('Notification' in globalThis) })
	const isOn = () => globalThis.Notification?.permission === 'granted' && recall('notify') === 'on'
	let waiting = []
	let timer = null

	async function turn() {
		const isAllowed = isOn() || (await Notification.requestPermission()) === 'granted'
		if (!isAllowed) app.toast('The browser does not allow notifications here', { kind: 'bad' })
		remember('notify', isAllowed && !isOn() ? 'on' : 'off')
		say()
	}

	function tell() {
		timer = null
		if (waiting.length === 0) return
		const [{ id, verdict, method, target }, ...more] = waiting
		waiting = []
		timer = setTimeout(tell, QUIET)
		const body = plain(`${method} ${target}${more.length > 0 ? `, and ${more.length} more` : ''}`, 120)
		new Notification(`Refused: ${verdict}`, { body, tag: 'chatislav', renotify: true }).onclick = () => {
			focus()
			app.go(requestPlace(id))
		}
	}

	const say = () => toggle.setAttribute('aria-pressed', String(isOn()))
	say()
	return {
		button: toggle,
		of(requests) {
			if (!isOn()) return
			waiting = [...waiting, ...requests.filter((request) => verdict(request.verdict).kind === 'bad')].slice(-1000)
			if (timer === null) tell()
		},
	}
}
