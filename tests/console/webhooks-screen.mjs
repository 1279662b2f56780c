// The Webhooks screen of a receiver, and the parts of it that tests reach for.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { atEnd, becomes, open, receiver } from './support.mjs'

/** The parts by what a person reads on them. */
export function parts(page) {
  const log = page.getByRole('list', { name: 'Test events, newest first' })
  return {
    page,
    log,
    attempts: log.getByRole('list', { name: 'Attempts' }).first().getByRole('listitem'),
    save: page.getByRole('button', { name: 'Save', exact: true }),
    send: page.getByRole('button', { name: 'Send test event' }),
    json: page.getByLabel('JSON'),
    saved: () => page.getByText('Saved.', { exact: true }).waitFor(),
    unsaved: page.getByText('Unsaved changes are not applied.', { exact: true }),
  }
}

/** A receiver with more arguments, and its screen once there is something to send. `options` are those of `open`. */
export async function screen(t, args = [], options = {}) {
  const at = await receiver(t, ...args)
  const page = await open(t, at, { place: '/webhooks', ...options })
  await page.getByText('valid JSON, event').waitFor()
  return { at, ...parts(page) }
}

/** What the control API answers. */
export const answer = (at, path) => at.api(path).then((response) => response.json())

/** A name for the screen's file, which is not there yet. */
export async function settingsFile(t) {
  const folder = await mkdtemp(join(tmpdir(), 'chatislav-console-'))
  atEnd(t, () => rm(folder, { recursive: true }))
  return join(folder, 'webhook.toml')
}

/** Waits until an input holds this. */
export async function reads(input, expected) {
  await input.page().waitForFunction(([element, value]) => element.value === value, [await input.elementHandle(), expected])
}

/** Waits until the JSON is another one than this. */
export const resampled = (page, old) => becomes(page, (old) => document.querySelector('textarea').value !== old, true, old)

/** Whether it has the focus. */
export const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement)
