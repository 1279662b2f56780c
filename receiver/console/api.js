// The control API, as `openapi.json` describes it. The token stays in this module's memory.

import { follow } from './events.js'

/** A refusal: its code and sentence, the place in the text that was sent, the rest as it came. */
export class ApiError extends Error {
	constructor(status, error) {
		super(error.message ?? `the receiver answered ${status}`)
		this.status = status
		this.code = error.code ?? 'unknown'
		this.at = error.at
		this.detail = error
	}
}

/** Speaks for whoever has the token. `onRefused` hears of a wrong one, `onReached` whether the receiver is there. */
export function connect(onRefused, onReached) {
	let token = ''

	async function send(method, path, body, { headers, signal } = {}) {
		const sent = token
		const init = { method, headers: { authorization: `Bearer ${sent}`, ...headers }, signal, cache: 'no-store' }
		if (body !== undefined) {
			init.body = JSON.stringify(body)
			init.headers['content-type'] = 'application/json'
		}
		let response
		try {
			response = await fetch(`/api/v1${path}`, init)
		} catch (error) {
			if (signal?.aborted) throw error
			onReached(false)
			throw new ApiError(0, { code: 'unreachable', message: 'the receiver cannot be reached; is it still running?' })
		}
		if (response.ok) return onReached(true), response
		if (response.status === 401 && sent === token) onRefused()
		throw new ApiError(response.status, await response.json().then(({ error }) => error ?? {}, () => ({})))
	}

	const json = (method) => async (path, body, options) => (await send(method, path, body, options)).json()
	return {
		/** Takes a token, from the next question on. */
		use(text) {
			token = text
		},
		get: (path, options) => json('GET')(path, undefined, options),
		put: json('PUT'),
		post: json('POST'),
		del: json('DELETE'),
		text: async (path) => (await send('GET', path)).text(),
		/** Server-sent events; see `follow`. */
		events: (path, options) => follow((headers, signal) => send(options.method ?? 'GET', path, options.body, { headers, signal }), options),
	}
}

/** A path with the parameters that have a value. */
export function query(path, parameters) {
	const said = Object.entries(parameters).filter(([, value]) => (value ?? '') !== '')
	return said.map(([name, value], index) => `${index === 0 ? '?' : '&'}${name}=${encodeURIComponent(value)}`).reduce((all, each) => all + each, path)
}

/** The place of a request among all. */
export const numberOf = (id) => Number(id.split('-').at(-1))

/** The path of a request. */
export const requestPath = (id, more = '') => `/requests/${encodeURIComponent(id)}${more}`

/** Where this page shows a request, alone or compared with another. */
export const requestPlace = (id, other) => `#/r/${id}${other ? `/diff/${other}` : ''}`
