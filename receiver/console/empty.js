// What to do when there is nothing to see.

import { query } from './api.js'
import { commandLine } from './copy.js'
import { fill, h } from './dom.js'

/** `drop()` takes the filter away. */
export function nothing(app, filter, drop) {
  const element = h('div', { class: 'nothing' })
  const make = filter === '' ? nothingYet(app) : noMatch(app, filter, drop)
  make.then((content) => fill(element, content), () => {})
  return element
}

async function nothingYet(app) {
  const { url, mode, secrets } = await app.api.get('/receiver')
  const hook = `${url.replace(/\/$/, '')}/hook`
  const isSigned = mode !== 'unsigned'
  const body = '{"event": "lead_collection", "data": {"form_data": []}}'
  const signature = isSigned ? ` \\\n  -H "x-chatislav-signature: $(printf %s '${body}' | chatislav sign)"` : ''
  return [
    h('h2', null, 'Nothing has arrived yet'),
    h('p', null, 'This receiver waits at ', h('code', null, hook), '.'),
    h('p', null, h('a', { href: '#/webhooks' }, 'Send a test event'), ' from the Webhooks screen, or from a shell:'),
    commandLine(app, `chatislav send lead_collection --to ${hook} --allow-local`),
    h('p', null, 'With curl:'),
    commandLine(app, `curl ${hook} \\\n  -H 'content-type: application/json'${signature} \\\n  --data-raw '${body}'`),
    isSigned && h('p', { class: 'quiet' }, 'Both sign with the secret in ', h('code', null, 'CHATISLAV_WEBHOOK_SECRET'), ', which must be the receiver’s', secrets?.[0] && [', ', h('code', null, secrets[0])], '.'),
  ]
}

async function noMatch(app, filter, drop) {
  const { closest } = await app.api.get(query('/closest', { filter }))
  return [
    h('h2', null, 'No request matches'),
    closest && h('p', null, h('a', { href: `#/r/${encodeURIComponent(closest.id)}` }, closest.id), `: ${closest.message}`),
    h('p', null, h('button', { type: 'button', onclick: drop }, 'Show all requests')),
  ]
}
