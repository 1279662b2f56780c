// A row of the screen: a label, a control, whether it is saved, what was refused.

import { fill, fresh, h, set, text } from './dom.js'

/**
 * `control` is an input, or with `isGroup` an element that holds several; with `isInline` its label stands behind it.
 * `read` and `write` speak the words of the API; `plain` gives one text for all that mean the same.
 */
export function field({ label, hint = '', control, isGroup, isInline, beside, below, focus = () => control.focus(), plain = comparable, ...words }) {
	const id = fresh('field')
	const value = control.type === 'checkbox' ? 'checked' : 'value'
	const { read, write } = { read: () => control[value], write: (saved) => (control[value] = saved), ...words }
	const mark = h('span', { class: 'unsaved', id: `${id}-mark` })
	const hintLine = h('p', { class: 'hint', id: `${id}-hint` }, hint)
	const fault = h('p', { class: 'fault', id: `${id}-fault` })
	const ways = h('div', { class: 'row' })
	const name = isGroup ? h('span', { id: `${id}-label` }, label) : h('label', { for: id }, label)
	const element = h('div', { class: 'field' },
		h('div', { class: 'label' }, isInline ? null : [name, mark]),
		h('div', null, h('div', { class: 'row' }, control, isInline && [name, mark], beside), below, hintLine, fault, ways))
	if (isGroup) (set(element, 'role', 'group'), set(element, 'aria-labelledby', `${id}-label`))
	else set(control, 'id', id)
	// What says nothing is empty and not hidden: hidden text is read out all the same.
	set(isGroup ? element : control, 'aria-describedby', `${id}-fault ${id}-mark ${id}-hint`)

	return {
		element,
		read,
		write,
		isChanged: (saved) => plain(read()) !== plain(saved),
		mark: (isChanged) => text(mark, isChanged ? 'not saved' : ''),
		hint: (sentence) => text(hintLine, sentence),
		/** Says what was refused, with ways on as buttons, and takes the focus. */
		fail(sentence, ...more) {
			text(fault, sentence)
			fill(ways, more)
			if (!isGroup) set(control, 'aria-invalid', 'true')
			focus(sentence)
		},
		pass() {
			text(fault, '')
			fill(ways)
			if (!isGroup) set(control, 'aria-invalid', null)
		},
	}
}

/** Of events and headers the order has no meaning. */
const comparable = (value) => String(Array.isArray(value) ? value.map((each) => JSON.stringify(each)).sort() : value)
