// The Webhooks screen: what Chatislav would be told, and a test event that goes by it.

import { button, dialog, fill, h, text } from './dom.js'
import { settingsFields } from './webhooks-form.js'
import { place } from './webhooks-place.js'
import { secretField } from './webhooks-secret.js'
import { testEvent } from './webhooks-test.js'

export function mount(root, app) {
	let saved = null
	let isSaving = false
	const fields = settingsFields(() => saved.receiver)
	const parts = Object.entries(fields)
	const secret = secretField(app, regenerate)
	const about = place(app)
	const test = testEvent(app)

	const state = h('p', { role: 'status' })
	const trouble = h('div', { class: 'fault', role: 'alert' })
	const save = h('button', { class: 'primary' }, 'Save')
	const discard = button('Discard changes', () => (show(saved), save.focus()))
	const form = h('form', { novalidate: true, autocomplete: 'off', spellcheck: false, 'aria-label': 'Webhook settings', oninput: mark, onsubmit: (event) => (event.preventDefault(), put()) },
		h('h1', null, 'Webhooks'),
		parts.map(([, { element }]) => element),
		secret.element,
		h('div', { class: 'saving' }, trouble, h('div', { class: 'row' }, save, discard, state)),
		about.elements)
	const columns = h('div', { class: 'columns', hidden: true }, form, test.element)
	const unloaded = h('p', { class: 'note' }, 'Loading…')
	root.append(unloaded, columns)

	const changed = () => (saved === null ? [] : parts.filter(([key, field]) => field.isChanged(saved[key])))

	/** Takes settings as they are saved. With `keep`, what was changed here stays so. */
	function show(settings, { keep } = {}) {
		const kept = keep ? changed() : []
		saved = settings
		fields.events.offer([...settings.known_events, ...settings.events])
		for (const part of parts.filter((each) => !kept.includes(each))) {
			const [key, field] = part
			// What stands there already is left alone, and the focus in it.
			if (field.isChanged(settings[key])) field.write(settings[key])
			field.pass()
		}
		for (const { show } of [secret, about, test]) show(settings)
		fill(trouble)
		unloaded.hidden = true
		columns.hidden = false
		mark()
	}

	function mark() {
		const now = changed()
		for (const part of parts) part[1].mark(now.includes(part))
		const isChanged = now.length > 0
		discard.hidden = !isChanged
		text(state, isChanged ? 'Unsaved changes are not applied.' : saved.saved ? '' : 'Nothing is saved yet: these values suit this receiver.')
		test.warn(isChanged)
	}

	async function load(keep) {
		try {
			show(await app.api.get('/settings'), { keep })
			app.connection('open')
		} catch (error) {
			const sentence = `The settings could not be loaded: ${error.message}.`
			text(unloaded, sentence)
			complain(sentence)
		}
	}

	async function put() {
		if (isSaving) return
		for (const [, field] of parts) field.pass()
		fill(trouble)
		const draft = Object.fromEntries(parts.map(([key, field]) => [key, field.read()]))
		isSaving = true
		try {
			const settings = await app.api.put('/settings', { revision: saved.revision, ...draft })
			// What was typed meanwhile is a change to what was sent.
			saved = { ...saved, ...draft }
			show(settings, { keep: true })
			if (changed().length === 0) text(state, 'Saved.')
		} catch (error) {
			refused(error)
		}
		isSaving = false
	}

	async function regenerate(keep) {
		try {
			const made = await app.api.post('/settings/secret', { revision: saved.revision, keep })
			show(made.settings, { keep: true })
			return made.secret
		} catch (error) {
			return refused(error)
		}
	}

	function refused({ code, message, detail = {} }) {
		const field = fields[detail.key]
		if (code === 'settings_changed') return conflict()
		if (field === undefined) return complain(`Not saved: ${message}.`)
		const allow = detail.allow_local_helps && button('Allow this machine for local work', () => {
			fields.allow_local.write(true)
			save.focus()
			put()
		})
		field.fail(['Not saved:', `${message}.`, detail.way_through].filter(Boolean).join(' '), allow)
	}

	function conflict() {
		const take = (keep) => async () => {
			await load(keep)
			save.focus()
		}
		const first = button('Load what is saved now', take(false))
		complain('Not saved: the settings were changed elsewhere meanwhile.', first, button('Load it and keep my changes', take(true)))
		first.focus()
	}

	function complain(message, ...ways) {
		fill(trouble, h('p', null, message), h('div', { class: 'row' }, ways))
	}

	// The browser asks in its own words.
	addEventListener('beforeunload', (event) => {
		if (changed().length > 0) event.preventDefault()
	})

	return {
		title: 'Webhooks',
		show: () => load(true),
		hide: secret.forget,
		async mayLeave() {
			if (changed().length === 0) return true
			const isLeft = await leaving()
			if (isLeft) show(saved)
			return isLeft
		},
	}
}

/** Asks whether the changes may be dropped. Escape keeps them. */
const leaving = () => new Promise((resolve) => {
	const asked = dialog('Unsaved changes are not applied', 'confirm', h('form', { class: 'dialog-form', method: 'dialog' },
		h('div', { class: 'row dialog-end' }, h('button', null, 'Stay here'), h('button', { class: 'danger', value: 'leave' }, 'Discard and leave'))))
	asked.addEventListener('close', () => resolve(asked.returnValue === 'leave'))
})
