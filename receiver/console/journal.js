// The newest requests that a filter lets through, kept up to date by the stream, however fast they come.

import { query } from './api.js'

/** As many requests as are ever in the page. */
export const MOST = 300

const number = (request) => Number(request.id.slice(request.id.lastIndexOf('-') + 1))

/** `onChange()` at most once a frame; `onState(state)` of the stream; `onRequests(requests)` tells those that came. */
export function journal(api, { onChange, onState, onRequests }) {
  let latest = []
  let came = []
  let filter = ''
  let controller = new AbortController()
  let frame = 0
  let news = 0

  function changed() {
    frame ||= requestAnimationFrame(() => {
      frame = 0
      onChange()
    })
  }

  function hear({ type, data }) {
    if (type === 'request') {
      came.push({ ...data, number: number(data) })
      if (came.length > 2 * MOST) came = came.slice(-MOST)
      news += 1
    } else if (type === 'skip' && filter === '') {
      news += data.to - data.from + 1
    } else return
    changed()
  }

  /** Merges what came: the newest first, each once. */
  function merge() {
    if (came.length === 0) return
    const fresh = came.filter((request) => !(latest[0]?.number >= request.number)).reverse()
    came = []
    latest = [...fresh, ...latest].slice(0, MOST)
    if (fresh.length > 0) onRequests(fresh)
  }

  const page = async (before, signal) => {
    const { requests, next } = await api.get(query('/requests', { filter, limit: MOST, before }), { signal })
    return { requests: requests.map((request) => ({ ...request, number: number(request) })), next }
  }

  return {
    /** Begins anew with another filter. Throws the ApiError of a filter that is none, and goes on as before. */
    async open(text) {
      const opened = new AbortController()
      const before = filter
      const { newest } = await api.get('/receiver')
      filter = text
      let first
      try {
        first = await page(undefined, opened.signal)
      } catch (error) {
        filter = before
        throw error
      }
      controller.abort()
      controller = opened
      ;[latest, came, news] = [first.requests, [], 0]
      changed()
      const options = { lastEventId: newest, signal: opened.signal, onEvent: hear, onState: (state) => opened.signal.aborted || onState(state) }
      api.events(query('/stream', { filter, latest: MOST }), options).catch(() => {})
      return first
    },
    close() {
      controller.abort()
    },
    /** The page of older requests before a number. */
    older: (before) => page(before),
    /** The newest, at most MOST. */
    newest() {
      merge()
      return latest
    },
    /** How many came since this was asked with `true`. */
    news(seen = false) {
      const told = news
      if (seen) news = 0
      return told
    },
    empty() {
      ;[latest, came, news] = [[], [], 0]
      changed()
    },
    filter: () => filter,
  }
}
