// Elements made from data. A string becomes a text node, whatever it holds; nothing here reads markup.

const PROPERTIES = new Set(['checked', 'disabled', 'hidden', 'indeterminate', 'open', 'readOnly', 'selected', 'spellcheck', 'value'])

/**
 * An element with its children. Of the props, a function under `on…` listens, `dataset` is spread, the names in
 * PROPERTIES are set as properties and the others as attributes; null, undefined and false leave an attribute out.
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value)
  append(element, children)
  return element
}

export function set(element, name, value) {
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
  else if (name === 'dataset') Object.assign(element.dataset, value)
  else if (PROPERTIES.has(name)) element[name] = value ?? ''
  else if (value === null || value === undefined || value === false) element.removeAttribute(name)
  else element.setAttribute(name, value === true ? '' : value)
}

function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child)
    else if (child !== null && child !== undefined && child !== false) element.append(child)
  }
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren()
  append(element, children)
  return element
}

/** Sets a text if it is another, so that what did not change is not laid out again. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value
}

/** Calls once for many calls: `wait` milliseconds after the last. `cancel` forgets what waits. */
export function debounce(wait, call) {
  let timer
  const debounced = (...args) => {
    clearTimeout(timer)
    timer = setTimeout(call, wait, ...args)
  }
  debounced.cancel = () => clearTimeout(timer)
  return debounced
}

let ids = 0

/** An id that no other element of this page has. */
export const fresh = (name) => `${name}-${(ids += 1)}`
