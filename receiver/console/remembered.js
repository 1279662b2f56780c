// What this browser remembers of a person's taste, and nothing of the receiver's.

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
