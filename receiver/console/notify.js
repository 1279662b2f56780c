// A word on the desktop when a request is refused, for those who asked for it.

import { recall, remember } from './remembered.js'
import { plain } from './visible.js'
import { count } from './words.js'

/** How long it is quiet after one, in milliseconds. */
const QUIET = 10_000

const isBad = ({ verdict }) => verdict !== 'verified' && verdict !== 'unsigned'

export function notifier(app) {
  const isKnown = 'Notification' in globalThis
  let waiting = []
  let timer = null

  const isOn = () => isKnown && Notification.permission === 'granted' && recall('notify') === 'on'

  function tell() {
    timer = null
    if (waiting.length === 0) return
    const [{ id, verdict, method, target }] = waiting
    const more = waiting.length > 1 ? `, and ${count(waiting.length - 1, 'more')}` : ''
    waiting = []
    timer = setTimeout(tell, QUIET)
    const shown = new Notification(`Refused: ${verdict}`, { body: plain(`${method} ${target}${more}`, 120), tag: 'chatislav' })
    shown.onclick = () => {
      focus()
      app.go(`/r/${encodeURIComponent(id)}`)
    }
  }

  return {
    isKnown,
    isOn,
    async turn() {
      if (isOn()) return remember('notify', 'off')
      if ((await Notification.requestPermission()) !== 'granted') return app.toast('The browser does not allow notifications here', { kind: 'bad' })
      remember('notify', 'on')
    },
    of(requests) {
      if (!isOn()) return
      const bad = requests.filter(isBad)
      waiting = [...waiting, ...bad].slice(-1000)
      if (timer === null && waiting.length > 0) tell()
    },
  }
}
