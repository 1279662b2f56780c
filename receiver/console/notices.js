// What is said beside the screen: shortly seen, or only heard.

import { button, h } from './dom.js'

const SEEN = 6000

/** `toast` is seen for a while, and heard; `announce` is only heard. */
export function notices(toasts, announcer) {
	return {
		toast(text, { kind = '' } = {}) {
			const toast = h('p', { class: `toast ${kind}` }, text, button('×', () => toast.remove(), { class: 'plain', 'aria-label': 'Dismiss' }))
			toasts.append(toast)
			while (toasts.childElementCount > 3) (toasts.querySelector(':not(.bad)') ?? toasts.firstElementChild).remove()
			// What went wrong stays until somebody has read it.
			if (kind !== 'bad') setTimeout(() => toast.remove(), SEEN)
		},
		announce(text) {
			// Only another text is heard.
			announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text
		},
	}
}
