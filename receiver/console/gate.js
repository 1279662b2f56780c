// The way in, for whoever comes without a token.

import { fresh, h, text } from './dom.js'

/** A form that asks for the token. `enter(token)` gives what is wrong, or nothing. */
export function gate(reason, enter) {
	const [field, fault] = [fresh('token'), fresh('fault')]
	const input = h('input', { id: field, type: 'password', autocomplete: 'off', required: true, 'aria-describedby': fault })
	const error = h('p', { id: fault, class: 'fault', role: 'alert' })
	const submit = async (event) => {
		event.preventDefault()
		const token = tokenIn(input.value)
		const wrong = token === '' ? 'That is neither a link nor a token.' : await enter(token)
		if (wrong === undefined) return
		text(error, wrong)
		input.setAttribute('aria-invalid', 'true')
		input.select()
	}
	const form = h('form', { class: 'gate', onsubmit: submit },
		h('h1', null, 'This console needs its token'),
		h('p', null, reason),
		h('label', { for: field }, 'Paste the link or the token that ', h('code', null, 'chatislav listen'), ' printed'),
		h('div', { class: 'row' }, input, h('button', { class: 'primary' }, 'Open')),
		error,
		h('p', { class: 'quiet' }, 'The token stays in the memory of this page. A reload forgets it, and the link brings it again.'))
	return { form, focus: () => input.focus() }
}

/** The token in a link, or alone; empty if there is none. */
function tokenIn(said) {
	const token = /#token=([^&\s]+)/.exec(said)?.[1] ?? said.trim()
	return /^[\w.~+/=-]+$/.test(token) ? token : ''
}
