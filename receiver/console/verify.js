// The verification examples: a tab for each language, the code as text.

import { copyButton } from './copy.js'
import { button, fill, h, set } from './dom.js'

export function mount(root, app) {
	const tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Languages' })
	const panels = h('div')
	root.append(
		h('h1', null, 'Verification examples'),
		h('p', null, 'Each takes the bytes of the body as they came, before anything parses them, compares the signature in constant time, and answers 401 to what does not fit. The tests of this receiver run them all.'),
		tabs,
		panels)
	let isLoaded = false

	function choose(chosen) {
		for (const [at, tab] of [...tabs.children].entries()) {
			set(tab, 'aria-selected', String(at === chosen))
			set(tab, 'tabindex', at === chosen ? '0' : '-1')
			panels.children[at].hidden = at !== chosen
		}
	}

	tabs.addEventListener('keydown', (event) => {
		const all = [...tabs.children]
		const at = all.indexOf(event.target)
		const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
		if (to === undefined) return
		event.preventDefault()
		const next = (to + all.length) % all.length
		choose(next)
		all[next].focus()
	})

	function add({ language, title, file, code }, at) {
		const [tab, panel] = [`verify-${language}`, `verify-${language}-code`]
		tabs.append(button(title, () => choose(at), { role: 'tab', id: tab, 'aria-controls': panel }))
		panels.append(h('div', { role: 'tabpanel', id: panel, 'aria-labelledby': tab },
			h('div', { class: 'row' }, h('code', null, `examples/verify/${language}/${file}`), copyButton(app, { what: 'the code', text: () => code })),
			// What scrolls can be reached by the keyboard.
			h('pre', { tabindex: '0' }, h('code', null, code))))
	}

	return {
		title: 'Verify',
		async show() {
			if (isLoaded) return
			try {
				const { examples } = await app.api.get('/examples')
				app.connection('open')
				tabs.replaceChildren()
				panels.replaceChildren()
				examples.forEach(add)
				choose(0)
				isLoaded = true
			} catch (error) {
				fill(panels, h('p', { class: 'fault' }, `The examples could not be loaded: ${error.message}.`))
			}
		},
		hide() {},
	}
}
