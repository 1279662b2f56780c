// Light or dark: as the system has it, or as somebody chose.

import { recall, remember } from './remembered.js'

const THEMES = ['system', 'light', 'dark']

let chosen = THEMES.find((name) => name === recall('theme')) ?? 'system'

export const theme = () => chosen

/** Takes the next of the three, and gives its name. */
export function turnTheme() {
	chosen = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length]
	remember('theme', chosen)
	show()
	return chosen
}

function show() {
	document.documentElement.dataset.theme = chosen
}

show()
