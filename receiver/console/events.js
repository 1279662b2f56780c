// Server-sent events by `fetch`, since an EventSource cannot send a token.

/** How long to wait before asking again, in milliseconds. */
const FIRST_WAIT = 250
const LONGEST_WAIT = 5000

/**
 * Reads a stream until `signal` ends it. A GET is asked for again when it breaks, after the event that was heard last;
 * anything else is asked for once, and its end is the end.
 *
 * - `onEvent({ type, id, data })` with `data` read as JSON;
 * - `onState(state)`: `connecting`, `open`, `waiting`, `closed`.
 *
 * Throws the ApiError of a refusal that asking again does not change.
 */
export async function follow(open, { method = 'GET', lastEventId, signal, onEvent, onState = () => {} }) {
	let last = lastEventId
	const hear = (event) => {
		last = event.id ?? last
		onEvent({ ...event, data: JSON.parse(event.data) })
	}
	let wait = FIRST_WAIT
	while (!signal?.aborted) {
		onState('connecting')
		try {
			const response = await open(last === undefined ? {} : { 'last-event-id': String(last) }, signal)
			onState('open')
			wait = FIRST_WAIT
			const feed = parser(hear)
			const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
			for (let piece; !(piece = await reader.read()).done; ) feed(piece.value)
			if (method !== 'GET') break
		} catch (error) {
			if (signal?.aborted) break
			if (method !== 'GET' || (error.status >= 400 && error.status < 500)) {
				onState('closed')
				throw error
			}
		}
		onState('waiting')
		await pause(wait * (0.75 + Math.random() / 2), signal)
		wait = Math.min(wait * 2, LONGEST_WAIT)
	}
	onState('closed')
}

function pause(milliseconds, signal) {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, milliseconds)
		signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
	})
}

/** Takes a stream's text in pieces, gives its events (HTML, section 9.2.6). */
export function parser(hear) {
	let rest = ''
	let event = { type: 'message', data: [] }
	const line = (text) => {
		if (text === '') {
			if (event.data.length > 0) hear({ ...event, data: event.data.join('\n') })
			event = { type: 'message', data: [] }
			return
		}
		const [, field, value] = /^([^:]*)(?:: ?)?(.*)$/s.exec(text)
		if (field === 'data') event.data.push(value)
		else if (field === 'event') event.type = value
		else if (field === 'id') event.id = value
	}
	return (piece) => {
		const lines = (rest + piece).split('\n')
		rest = lines.pop()
		for (const each of lines) line(each.endsWith('\r') ? each.slice(0, -1) : each)
	}
}
