// The verification examples: a tab for each language, the code as text.

import { copyButton } from './copy.js'
import { button, fill, h, set } from './dom.js'

export function mount(root, app) {
	const tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Languages' })
	const panels = h('div', { class: 'panels' })
	root.append(
		h('h1', null, 'Verification examples'),
		h('p', null, 'Each takes the bytes of the body as they came, before anything parses them, compares the signature in constant time, and answers 401 to what does not fit. The tests of this receiver run them all.'),
		tabs,
		panels)
	let isLoaded = false

	function choose(tab) {
		for (const each of tabs.children) {
			const isChosen = each === tab
			set(each, 'aria-selected', String(isChosen))
			set(each, 'tabindex', isChosen ? '0' : '-1')
			document.getElementById(each.getAttribute('aria-controls')).hidden = !isChosen
		}
	}

	tabs.addEventListener('keydown', (event) => {
		const all = [...tabs.children]
		const at = all.indexOf(event.target)
		const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
		if (at === -1 || to === undefined) return
		event.preventDefault()
		const tab = all.at(to % all.length)
		choose(tab)
		tab.focus()
	})

	function add({ language, title, file, code }) {
		const [tab, panel] = [`verify-${language}`, `verify-${language}-code`]
		tabs.append(button(title, (event) => choose(event.currentTarget), { role: 'tab', id: tab, 'aria-controls': panel }))
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
				choose(tabs.firstElementChild)
				isLoaded = true
			} catch (error) {
				fill(panels, h('p', { class: 'fault' }, `The examples could not be loaded: ${error.message}.`))
			}
		},
		hide() {},
	}
}
