// How values read: verdicts, statuses, sizes, times.

/** A verdict by word, symbol and colour. */
export function verdict(word) {
	const [kind, symbol] = { verified: ['good', '✓'], unsigned: ['doubt', '○'] }[word] ?? ['bad', '✕']
	return { word, kind, symbol }
}

/** What a status is to the sender: delivered, tried again (none too), or lost. */
export function statusKind(status) {
	if (status === null || status >= 500) return 'doubt'
	return status < 300 ? 'good' : 'bad'
}

export const statusWord = (status, end) => (status === null ? (end ?? 'none') : String(status))

const UNITS = ['B', 'KiB', 'MiB']

export function size(bytes) {
	const unit = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : 2
	const value = bytes / 1024 ** unit
	return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

export function duration(ms) {
	if (ms < 1000) return `${ms.toFixed(ms < 1 ? 2 : ms < 10 ? 1 : 0)} ms`
	if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
	const minutes = Math.floor(ms / 60_000)
	return minutes < 60 ? `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

const pad = (number, digits = 2) => String(number).padStart(digits, '0')

/** This machine's clock; with the day if it is another. */
export function clock(time) {
	const at = new Date(time)
	const isToday = at.toDateString() === new Date().toDateString()
	const day = isToday ? '' : `${pad(at.getMonth() + 1)}-${pad(at.getDate())} `
	return `${day}${[at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => pad(part)).join(':')}.${pad(at.getMilliseconds(), 3)}`
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString('en')} ${number === 1 ? one : many}`
