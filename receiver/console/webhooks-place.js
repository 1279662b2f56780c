// What may not be meant so in the saved settings, and where they live.

import { commandLine } from './copy.js'
import { fill, h } from './dom.js'

export function place(app) {
	const doubts = h('ul', { class: 'place quiet' })
	const file = h('div')
	const row = (label, content) => h('div', { class: 'field' }, h('div', { class: 'label' }, label), content)
	const notes = row('Notes', h('div', { role: 'status' }, doubts))
	return {
		elements: [notes, row('Kept in', file)],
		show(settings) {
			fill(doubts, settings.doubts.map((doubt) => h('li', null, doubt)))
			notes.hidden = settings.doubts.length === 0
			if (settings.file === null) {
				return fill(file, h('p', { class: 'place' }, 'This receiver, until it ends. To keep them in a file, start it with'), commandLine(app, 'chatislav listen --settings webhook.toml'))
			}
			// The command line has a guard of its own.
			const local = settings.allow_local ? ' --allow-local' : ''
			fill(file,
				h('p', { class: 'place' }, h('code', null, settings.file), settings.saved ? ', and the command line goes by it:' : ', once they are saved. Then the command line goes by it:'),
				commandLine(app, `chatislav send --settings ${quoted(settings.file)}${local}`))
		},
	}
}

/** A path as one word of a POSIX shell. */
const quoted = (path) => (/^[\w./+@%:,=-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
