// The secret: made, made anew, shown once; in force at once, without Save.

import { copyButton } from './copy.js'
import { button, fill, h, text } from './dom.js'
import { field } from './webhooks-field.js'

const KEEP = { '1h': 'an hour', '24h': '24 hours', '168h': '7 days', '0s': 'no time at all' }

/**
 * `make(keep)` saves a new secret and gives its text, or undefined where the screen has said why not.
 * `show` takes the settings; `forget` drops a secret that is still to be seen.
 */
export function secretField(app, make) {
	const now = h('span')
	const start = button('', () => (has ? ask(true) : run('0s')))
	const before = h('ul', { class: 'hint' })
	const keep = h('select', null, Object.entries(KEEP).map(([value, label]) => h('option', { value, selected: value === '24h' }, label)))
	const question = h('div', { class: 'inset', hidden: true, onkeydown: (event) => event.key === 'Escape' && ask(false) },
		h('p', null, 'The new one signs at once. Set it in your application while the old one is accepted.'),
		h('label', { class: 'row' }, 'Accept the old one for', keep),
		h('div', { class: 'row' }, button('Regenerate now', () => run(keep.value), { class: 'primary' }), button('Keep the old one', () => ask(false))))
	const once = h('div', { class: 'inset', hidden: true })
	const { element, hint } = field({ label: 'Secret', control: now, isGroup: true, beside: start, below: [before, question, once] })
	let has = false
	let isMaking = false

	function ask(isAsked) {
		question.hidden = !isAsked
		start.hidden = isAsked
		;(isAsked ? keep : start).focus()
	}

	async function run(keeping) {
		if (isMaking) return
		isMaking = true
		forget()
		const secret = await make(keeping)
		isMaking = false
		// The screen has said why.
		if (secret === undefined) return
		ask(false)
		const shown = h('input', { form: '', value: secret, readOnly: true, class: 'mono', 'aria-label': 'New secret', onfocus: () => shown.select() })
		fill(once,
			h('p', null, 'Shown this once: copy it into your application.'),
			shown,
			h('div', { class: 'row' }, copyButton(app, { what: 'the secret', text: () => secret }), button('Done, hide it', () => (forget(), start.focus()))))
		once.hidden = false
		shown.focus()
	}

	function forget() {
		fill(once).hidden = true
	}

	return {
		element,
		forget,
		show({ secret, previous_secrets: previous }) {
			has = secret !== null
			fill(now, has ? ['fingerprint ', h('code', null, secret.fingerprint)] : 'none')
			hint(has ? '' : 'Without one, events are sent unsigned.')
			text(start, has ? 'Regenerate…' : 'Generate')
			fill(before, previous.map(({ fingerprint, until }) => h('li', null, 'The old one, ', h('code', null, fingerprint), `, is accepted until ${moment(until)}.`)))
		},
	}
}

const moment = (time) => new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
