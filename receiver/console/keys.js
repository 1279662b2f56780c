// One registry of keys. A command is asked for by a key, or by two in a row such as `g w`.

import { recall, remember } from './remembered.js'

/** How long the second key of two may take, in milliseconds. */
const SEQUENCE = 1500

/** The keys of a page. `list()` gives the commands in the order in which they were added. */
export function registry(target = document) {
  const commands = []
  let first = null
  let since = 0

  target.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return
    if (event.key !== 'Escape' && event.key.length === 1 && !isOn()) return
    const key = event.key
    const pair = first !== null && event.timeStamp - since < SEQUENCE ? `${first} ${key}` : null
    const command = find(pair) ?? find(key)
    first = null
    if (command === undefined) {
      if (commands.some(({ keys }) => keys.some((known) => known.startsWith(`${key} `)))) [first, since] = [key, event.timeStamp]
      return
    }
    if ((key === 'Enter' || key === ' ') && isPressed(event.target)) return
    event.preventDefault()
    command.run(event)
  })

  const find = (key) => commands.findLast(({ keys, when }) => keys.includes(key) && (when?.() ?? true))

  return {
    /** Adds commands `{ keys: ['j', 'ArrowDown'], does: 'next request', run, when? }`; the answer removes them. */
    add(...more) {
      commands.push(...more)
      return () => more.forEach((command) => commands.splice(commands.indexOf(command), 1))
    },
    list: () => [...commands],
    isOn,
    /** Keys of one character can be turned off, for those who dictate or slip. */
    turn(on) {
      isTurnedOn = on
      remember('keys', on ? 'on' : 'off')
    },
  }
}

let isTurnedOn = recall('keys') !== 'off'
const isOn = () => isTurnedOn

/** Whether a key is text here. */
function isTyping(element) {
  if (element instanceof HTMLInputElement) return !['button', 'checkbox', 'radio', 'submit'].includes(element.type)
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement || element.isContentEditable
}

/** Whether Enter and the space bar mean something to this element itself. */
const isPressed = (element) => element.closest?.('a[href], button, summary, input, [role=tab]') !== null
