// The newest requests that a filter lets through, up to date however fast they come.

import { numberOf, query } from './api.js'

/** As many requests as are ever in the page. */
export const MOST = 300

const numbered = (request) => ({ ...request, number: numberOf(request.id) })

/** `onChange()` at most once a frame; `onState(state)` of the stream; `onRequests(requests)` tells those that came. */
export function journal(api, { onChange, onState, onRequests }) {
	let latest = []
	let came = []
	let filter = ''
	let following = new AbortController()
	let frame = 0
	let timer
	let news = 0
	let opened = 0

	function changed() {
		if (frame !== 0) return
		frame = requestAnimationFrame(draw)
		// A hidden page has no frames.
		timer = setTimeout(draw, 1000)
	}

	function draw() {
		cancelAnimationFrame(frame)
		clearTimeout(timer)
		frame = 0
		onChange()
	}

	function hear({ type, data }) {
		if (type === 'request') {
			came.push(numbered(data))
			if (came.length > 2 * MOST) came = came.slice(-MOST)
			news += 1
		} else if (type === 'skip' && filter === '') news += data.to - data.from + 1
		else return
		changed()
	}

	async function page(filter, before) {
		const { requests, next } = await api.get(query('/requests', { filter, limit: MOST, before }))
		return { requests: requests.map(numbered), hasOlder: next !== null }
	}

	return {
		/** Begins anew with another filter, unless yet another is asked for meanwhile: null. Throws the ApiError of one that is none. */
		async open(text) {
			const turn = (opened += 1)
			const { newest } = await api.get('/receiver')
			const first = await page(text)
			if (turn !== opened) return null
			following.abort()
			const { signal } = (following = new AbortController())
			;[filter, latest, came, news] = [text, first.requests, [], 0]
			changed()
			const told = (state) => signal.aborted || onState(state)
			api.events(query('/stream', { filter, latest: MOST }), { lastEventId: newest, signal, onEvent: hear, onState: told }).catch(() => {})
			return first
		},
		/** The page of older requests before a number. */
		older: (before) => page(filter, before),
		/** The newest, at most MOST, each once. */
		newest() {
			const fresh = came.filter(({ number }) => !(latest[0]?.number >= number)).reverse()
			came = []
			if (fresh.length > 0) {
				latest = [...fresh, ...latest].slice(0, MOST)
				onRequests(fresh)
			}
			return latest
		},
		/** How many came since this was asked with `true`. */
		news(isSeen) {
			const told = news
			if (isSeen) news = 0
			return told
		},
		filter: () => filter,
	}
}
