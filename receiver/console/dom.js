// Elements made from data. A string becomes a text node, whatever it holds; nothing here reads markup.

const PROPERTIES = new Set(['checked', 'disabled', 'hidden', 'open', 'readOnly', 'selected', 'spellcheck', 'value'])

/** An element with its children. `on…` listens; null, undefined and false leave an attribute out. */
export function h(tag, props, ...children) {
	const element = document.createElement(tag)
	for (const [name, value] of Object.entries(props ?? {})) set(element, name, value)
	append(element, children)
	return element
}

export function set(element, name, value) {
	if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
	else if (name === 'dataset') Object.assign(element.dataset, value)
	else if (PROPERTIES.has(name)) element[name] = value ?? ''
	else if (value === null || value === undefined || value === false) element.removeAttribute(name)
	else element.setAttribute(name, value === true ? '' : value)
}

function append(element, children) {
	for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== false) element.append(child)
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
	element.replaceChildren()
	append(element, children)
	return element
}

/** Sets a text if it is another: what stays is not laid out again. */
export function text(element, value) {
	if (element.textContent !== value) element.textContent = value
}

/** A button that submits nothing. */
export const button = (label, onclick, props) => h('button', { type: 'button', onclick, ...props }, label)

export const group = (label, ...children) => h('div', { class: 'segments', role: 'group', 'aria-label': label }, children)

/** Names and their values; what is false is left out. */
export const facts = (entries) =>
	h('dl', { class: 'facts' }, entries.filter(Boolean).map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))))

/** A dialog, open, with its title; it is gone when it is closed. */
export function dialog(title, className, ...content) {
	const id = fresh('dialog')
	const element = h('dialog', { class: className, 'aria-labelledby': id, onclose: () => element.remove() },
		h('div', { class: 'dialog-top' }, h('h2', { id }, title), button('×', () => element.close(), { class: 'plain', 'aria-label': 'Close' })),
		content)
	document.body.append(element)
	element.showModal()
	return element
}

/** Calls once, `wait` milliseconds after the last of many calls. */
export function debounce(wait, call) {
	let timer
	const debounced = () => {
		clearTimeout(timer)
		timer = setTimeout(call, wait)
	}
	debounced.cancel = () => clearTimeout(timer)
	return debounced
}

let ids = 0

/** An id that no other element of this page has. */
export const fresh = (name) => `${name}-${(ids += 1)}`
