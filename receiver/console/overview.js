// What runs here, while no request is chosen.

import { copyButton } from './copy.js'
import { h } from './dom.js'
import { size } from './words.js'

export function overview(app) {
  async function element() {
    let receiver
    try {
      receiver = await app.api.get('/receiver')
    } catch {
      return ''
    }
    const url = `${receiver.url.replace(/\/$/, '')}/hook`
    const entries = [
      ['URL', [h('code', null, url), ' ', copyButton(app, { what: 'the URL', text: () => url, className: 'plain' })]],
      ['Requests are', receiver.mode === 'unsigned' ? 'not verified: no secret is in force' : 'verified by their signature'],
      receiver.secrets?.length > 0 && [receiver.secrets.length === 1 ? 'Secret' : 'Secrets', h('code', null, receiver.secrets.join(' '))],
      receiver.max_body !== undefined && ['Largest body', size(receiver.max_body)],
      receiver.version && ['Version', receiver.version],
    ]
    return h(
      'div',
      { class: 'overview' },
      h('h2', null, 'This receiver'),
      h('dl', { class: 'facts' }, entries.filter(Boolean).map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value)))),
      h('p', { class: 'quiet' }, 'Choose a request to see why it was taken or refused, and what the sender does next. ', h('kbd', null, 'j'), ' ', h('kbd', null, 'k'), ' move, ', h('kbd', null, 'Enter'), ' opens.'),
    )
  }
  return { element }
}
