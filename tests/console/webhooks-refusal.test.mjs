// What a save refuses stands at its field, with the way on.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { chatislav } from './support.mjs'
import { answer, isFocused, reads, screen, settingsFile } from './webhooks-screen.mjs'

/** What the browser logs of it is no fault of the page. */
const EXPECTED = { refusals: [400, 403, 409, 'lost'] }

/** The refusal stands at the field of this label, the label's input has the focus, and nothing was saved. */
async function refused(page, at, label, words) {
  const input = page.getByLabel(label)
  await page.locator('.field', { has: input }).getByText(words).waitFor()
  assert.ok(await isFocused(input), `${label} has no focus`)
  assert.match(await input.evaluate((element) => (element.ariaDescribedByElements ?? []).map(({ textContent }) => textContent).join(' ')), words)
  assert.equal((await answer(at, '/settings')).saved, false)
}

test('a URL of this machine is refused with the reason and the way through', async (t) => {
  const { page, at, save, saved } = await screen(t, [], EXPECTED)
  await page.getByLabel('Test events may go to this machine').uncheck()
  await save.click()
  await refused(page, at, 'URL', /Not saved: Chatislav would refuse this address: loopback/)
  await page.getByRole('button', { name: 'Allow this machine for local work' }).click()
  await saved()
  assert.equal((await answer(at, '/settings')).allow_local, true)
  assert.ok(await page.getByLabel('Test events may go to this machine').isChecked())
  assert.equal(await page.getByText('Chatislav would refuse').count(), 0)
})

test('what this machine’s leave does not help has no button', async (t) => {
  const { page, at, save } = await screen(t, [], EXPECTED)
  await page.getByLabel('URL').fill('http://169.254.169.254/latest')
  await save.click()
  await refused(page, at, 'URL', /Chatislav would refuse this address: metadata/)
  assert.equal(await page.getByRole('button', { name: 'Allow this machine for local work' }).count(), 0)
})

test('no URL, no timeout and a header twice are refused at their fields', async (t) => {
  const { page, at, save } = await screen(t, [], EXPECTED)
  const url = await page.getByLabel('URL').inputValue()
  await page.getByLabel('URL').fill('')
  await save.click()
  await refused(page, at, 'URL', /an enabled webhook has a URL/)
  await page.getByLabel('URL').fill(url)
  for (const timeout of ['0', '601', 'soon']) {
    await page.getByLabel('Timeout (seconds)').fill(timeout)
    await save.click()
    await refused(page, at, 'Timeout (seconds)', /Not saved: .*timeout|duration/)
  }
  await page.getByLabel('Timeout (seconds)').fill('10')
  for (const name of ['X-A', 'x-a']) {
    await page.getByRole('button', { name: 'Add header' }).click()
    await page.keyboard.type(name)
  }
  await save.click()
  await page.locator('.field', { has: page.getByRole('button', { name: 'Add header' }) }).getByText(/is set twice/).waitFor()
  assert.equal(await page.evaluate(() => document.activeElement.value), 'x-a')
})

test('of two who change the settings, the second is asked', async (t) => {
  const file = await settingsFile(t)
  const { page, at, save, saved } = await screen(t, ['--settings', file], EXPECTED)
  await save.click()
  await saved()
  await chatislav('settings', file, '--timeout', '5', '--allow-local')
  await page.getByLabel('Method').selectOption('PUT')
  await save.click()
  await page.getByText('the settings were changed elsewhere meanwhile').waitFor()
  await page.getByRole('button', { name: 'Load it and keep my changes' }).click()
  await reads(page.getByLabel('Timeout (seconds)'), '5')
  await reads(page.getByLabel('Method'), 'PUT')
  await chatislav('settings', file, '--timeout', '6', '--allow-local')
  await save.click()
  await page.getByRole('button', { name: 'Load what is saved now' }).click()
  await reads(page.getByLabel('Timeout (seconds)'), '6')
  await reads(page.getByLabel('Method'), 'POST')
  await page.getByLabel('Method').selectOption('PUT')
  await save.click()
  await saved()
  const { method, timeout } = await answer(at, '/settings')
  assert.deepEqual({ method, timeout }, { method: 'PUT', timeout: '6s' })
})

test('a receiver that is gone is said, and what was filled in stays', async (t) => {
  const { page, at, save } = await screen(t, [], EXPECTED)
  await page.getByLabel('Timeout (seconds)').fill('7')
  await at.stop('SIGKILL')
  await save.click()
  await page.getByText(/Not saved: the receiver cannot be reached/).waitFor()
  await reads(page.getByLabel('Timeout (seconds)'), '7')
})
