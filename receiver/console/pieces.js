// Something long, put into the page piece by piece as somebody comes to it.

import { h } from './dom.js'

/** An element of the nodes that an iterator gives; the next ones when the end is seen or asked for. */
export function pieces(nodes) {
  const button = h('button', { type: 'button', class: 'plain', onclick: more }, 'Show more')
  const element = h('div', { class: 'pieces' }, button)
  const seen = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && more())

  function more() {
    const { done, value } = nodes.next()
    if (done) {
      seen.disconnect()
      button.remove()
      return
    }
    button.before(value)
    // Said again even if the end is still in sight.
    seen.unobserve(button)
    seen.observe(button)
  }

  more()
  return element
}
