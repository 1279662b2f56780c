// What to do when there is nothing to see.

import { query, requestPlace } from './api.js'
import { commandLine } from './copy.js'
import { button, fill, h } from './dom.js'

const BODY = `'{"event": "lead_collection", "data": {"form_data": []}}'`

/** `drop()` takes the filter away. */
export function nothing(app, filter, drop) {
	const element = h('div', { class: 'nothing' })
	const told = filter === '' ? nothingYet(app) : noMatch(app, filter, drop)
	told.then((content) => fill(element, content), () => {})
	return element
}

async function nothingYet(app) {
	const { url, mode, secrets } = await app.api.get('/receiver')
	const hook = new URL('/hook', url).href
	const signature = mode === 'unsigned' ? '' : ` \\\n  -H "x-chatislav-signature: $(printf %s ${BODY} | chatislav sign)"`
	return [
		h('h2', null, 'Nothing has arrived yet'),
		h('p', null, 'This receiver waits at ', h('code', null, hook), '.'),
		h('p', null, h('a', { href: '#/webhooks' }, 'Send a test event'), ' from the Webhooks screen, or from a shell:'),
		commandLine(app, `chatislav send lead_collection --to ${hook} --allow-local`),
		h('p', null, 'With curl:'),
		commandLine(app, `curl ${hook} \\\n  -H 'content-type: application/json'${signature} \\\n  --data-raw ${BODY}`),
		signature && h('p', { class: 'quiet' }, 'Both sign with the secret in ', h('code', null, 'CHATISLAV_WEBHOOK_SECRET'), ', which must be the receiver’s, ', h('code', null, secrets[0]), '.'),
	]
}

async function noMatch(app, filter, drop) {
	const { closest } = await app.api.get(query('/closest', { filter }))
	return [
		h('h2', null, 'No request matches'),
		closest && h('p', null, h('a', { href: requestPlace(closest.id) }, closest.id), `: ${closest.message}`),
		h('p', null, button('Show all requests', drop)),
	]
}
