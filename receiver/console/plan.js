// How the receiver answers: the plan, what comes next of it, plans one click away.

import { button, debounce, fill, fresh, group, h } from './dom.js'
import { place } from './place.js'
import { statusKind } from './words.js'

const WAIT = 200

export function planBar(app) {
	const id = fresh('plan')
	const input = h('input', { id, class: 'mono', spellcheck: false, autocomplete: 'off', autocapitalize: 'off', 'aria-keyshortcuts': 'p' })
	const fault = place(input)
	const outcomes = h('ol', { class: 'outcomes', 'aria-label': 'The next answers of a delivery' })
	const apply = h('button', { class: 'primary', disabled: true }, 'Apply')
	const presets = group('Presets')
	const rules = h('details', { hidden: true })
	const element = h('form', { class: 'plan', 'aria-label': 'Plan', onsubmit: (event) => (event.preventDefault(), put(input.value)) },
		h('label', { for: id }, 'Plan'), h('div', { class: 'with-place' }, input, fault.element), apply, presets, outcomes, rules)
	let inForce = { respond: '' }

	const isEdited = () => input.value.trim() !== inForce.respond

	async function preview() {
		const respond = input.value
		try {
			const told = await app.api.post('/plan/preview', { respond })
			if (respond !== input.value) return
			showOutcomes(told)
			fault.clear()
			apply.disabled = !isEdited()
		} catch (error) {
			if (respond === input.value) fault.show(error)
		}
	}

	function showOutcomes({ outcomes: texts, random }) {
		// What goes on for ever is said once.
		const end = random ? texts.length : texts.findLastIndex((outcome) => outcome !== texts.at(-1)) + 2
		fill(outcomes, texts.slice(0, end).map((outcome) => h('li', { class: kindOf(outcome) }, outcome)), h('li', { class: 'quiet' }, random ? 'by chance' : 'and so on'))
	}

	async function refresh() {
		try {
			const plan = await app.api.get('/plan')
			if (presets.childElementCount === 0) {
				const { presets: known } = await app.api.get('/presets')
				fill(presets, known.map(({ name, plan }) => button(name, () => put(name), { title: plan })))
			}
			const keeps = isEdited() || plan.respond === inForce.respond
			take(plan)
			if (keeps) return
			input.value = plan.respond
			await preview()
		} catch {
			// Whoever asks next hears of it.
		}
	}

	/** The rules of a file stay; only what is for all other requests is another one. */
	async function put(respond) {
		try {
			const { per, rules } = await app.api.get('/plan')
			take(await app.api.put('/plan', { respond: respond.trim(), per, rules }))
			input.value = inForce.respond
			app.toast(`In force: ${inForce.respond}`)
			await preview()
		} catch (error) {
			fault.show(error)
			input.focus()
		}
	}

	function take(plan) {
		inForce = plan
		rules.hidden = plan.rules.length === 0
		fill(rules,
			h('summary', null, plan.rules.length === 1 ? '1 rule comes first' : `${plan.rules.length} rules come first`),
			h('ul', null, plan.rules.map(({ when, respond }) => h('li', { class: 'mono' }, `when ${when}: ${respond}`))))
	}

	const later = debounce(WAIT, preview)
	input.addEventListener('input', () => {
		apply.disabled = true
		later()
	})
	input.addEventListener('keydown', (event) => {
		// Like the button, it waits for a preview.
		if (event.key === 'Enter') return event.preventDefault(), preview().then(() => apply.disabled || put(input.value))
		if (event.key !== 'Escape') return
		event.preventDefault()
		if (!isEdited()) return input.blur()
		input.value = inForce.respond
		preview()
	})
	// Somebody may have put another plan in force meanwhile, from a shell.
	addEventListener('focus', refresh)
	return { element, refresh, focus: () => (input.focus(), input.select()) }
}

/** A status is coloured by what it is to the sender; what is no status is a fault. */
function kindOf(outcome) {
	const status = /(?:^|\s)([2-5]\d\d)\b/.exec(outcome)?.[1]
	return outcome === 'forward' ? 'quiet' : statusKind(status === undefined ? null : Number(status))
}
