// How values read: verdicts, statuses, sizes, times.

const GOOD = { kind: 'good', symbol: '✓' }
const DOUBT = { kind: 'doubt', symbol: '○' }
const BAD = { kind: 'bad', symbol: '✕' }

/** A verdict by word, symbol and colour. */
export function verdict(word) {
  return { word, ...(word === 'verified' ? GOOD : word === 'unsigned' ? DOUBT : BAD) }
}

/** What a status is to the sender: delivered, tried again, or lost. No status is tried again. */
export function statusKind(status) {
  if (status === null || status >= 500) return 'doubt'
  return status < 300 ? 'good' : 'bad'
}

export const statusWord = (status, end) => (status === null ? (end ?? 'none') : String(status))

const UNITS = ['B', 'KiB', 'MiB', 'GiB']

export function size(bytes) {
  let unit = 0
  let value = bytes
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1]
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

export function duration(ms) {
  if (ms < 1) return `${ms.toFixed(2)} ms`
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
  const [minutes, seconds] = [Math.floor(ms / 60_000), Math.round((ms % 60_000) / 1000)]
  return minutes < 60 ? `${minutes} min ${seconds} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

const pad = (number, digits = 2) => String(number).padStart(digits, '0')

/** The clock of this machine; with the day if it is another one. */
export function clock(time, now = new Date()) {
  const at = new Date(time)
  const hours = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`
  const isToday = at.toDateString() === now.toDateString()
  return isToday ? `${hours}.${pad(at.getMilliseconds(), 3)}` : `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${hours}`
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString('en')} ${number === 1 ? one : many}`
