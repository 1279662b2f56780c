// Server-sent events by `fetch`, since an EventSource cannot send a token.

/** How long after the first break a stream is asked for again, and the longest wait, in milliseconds. */
const FIRST_WAIT = 250
const LONGEST_WAIT = 5000
/** The receiver says something every 15 seconds. Who hears nothing for this long has lost it. */
const SILENCE = 45_000

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
  const place = { id: lastEventId }
  const hear = (event) => {
    if (event.id !== undefined) place.id = event.id
    onEvent({ ...event, data: JSON.parse(event.data) })
  }
  let wait = FIRST_WAIT
  while (!signal?.aborted) {
    onState('connecting')
    try {
      const headers = place.id === undefined ? {} : { 'last-event-id': String(place.id) }
      const watch = watched(signal)
      try {
        const response = await open(headers, watch.signal)
        onState('open')
        wait = FIRST_WAIT
        await read(response.body, hear, watch.alive)
      } finally {
        watch.end()
      }
      if (method !== 'GET') break
    } catch (error) {
      if (signal?.aborted) break
      const isFinal = error.status >= 400 && error.status < 500
      if (method !== 'GET' || isFinal) {
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

/** Ends with the caller's signal, or when nothing was heard for too long. */
function watched(signal) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  signal?.addEventListener('abort', abort)
  let timer
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(abort, SILENCE)
  }
  alive()
  const end = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    abort()
  }
  return { signal: controller.signal, alive, end }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}

async function read(body, hear, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  const feed = parser(hear)
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    alive()
    feed(value)
  }
}

/** Takes the text of a stream in pieces, and gives its events (HTML, section 9.2.6). */
export function parser(hear) {
  let rest = ''
  let event = { type: 'message', data: [] }
  const line = (text) => {
    if (text === '') {
      if (event.data.length > 0) hear({ type: event.type, id: event.id, data: event.data.join('\n') })
      event = { type: 'message', data: [] }
      return
    }
    const colon = text.indexOf(':')
    const field = colon === -1 ? text : text.slice(0, colon)
    const value = colon === -1 ? '' : text.slice(colon + (text[colon + 1] === ' ' ? 2 : 1))
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
