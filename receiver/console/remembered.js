// What this browser remembers of a person's taste. Never anything of the receiver's; some browsers remember nothing.

export function recall(name) {
	try {
		return localStorage.getItem(`chatislav.${name}`)
	} catch {
		return null
	}
}

export function remember(name, value) {
	try {
		localStorage.setItem(`chatislav.${name}`, value)
	} catch {
		// The choice lasts as long as the page.
	}
}
