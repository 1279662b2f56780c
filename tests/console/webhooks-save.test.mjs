// The Webhooks screen as a person fills it in: what is saved, what is marked, and where it lives.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { chatislav, clipboard } from './support.mjs'
import { answer, reads, screen, settingsFile } from './webhooks-screen.mjs'

test('the fields stand in the order of the vendor’s screen', async (t) => {
  const { page } = await screen(t)
  const labels = await page.locator('form[aria-label="Webhook settings"] .field').evaluateAll((fields) =>
    fields.map((field) => field.querySelector('.label > :first-child')?.textContent).filter(Boolean))
  assert.deepEqual(labels, ['Enabled', 'URL', 'Method', 'Timeout (seconds)', 'Events', 'Custom Headers', 'Secret'])
})

test('what is saved is in the file, and the command line sends by it', async (t) => {
  const file = await settingsFile(t)
  const { page, at, save, saved } = await screen(t, ['--settings', file])
  await page.getByText('Nothing is saved yet').waitFor()
  await page.getByLabel('URL').fill(`${at.url}/elsewhere`)
  await page.getByRole('button', { name: 'Use this receiver' }).click()
  await page.getByLabel('Method').selectOption('PUT')
  await page.getByLabel('Timeout (seconds)').fill('2.5')
  await page.getByLabel('conversation_summary').uncheck()
  await page.getByRole('button', { name: 'Add header' }).click()
  await page.getByLabel('Name of header').fill('X-Team')
  await page.getByLabel('Value of header').fill('blue')
  await save.click()
  await saved()
  const lines = (await readFile(file, 'utf8')).split('\n')
  for (const line of ['enabled = true', `url = "${at.hook}"`, 'method = "PUT"', 'timeout = "2.5s"', 'events = ["lead_collection"]', '"X-Team" = "blue"']) {
    assert.ok(lines.includes(line), `${line} is not in ${lines.join('\n')}`)
  }
  const command = await page.locator('.command').textContent()
  assert.ok(command.includes(`chatislav send --settings ${file} --allow-local`), command)
  const { stdout } = await chatislav('send', 'lead_collection', '--settings', file, '--allow-local', '--output', 'json')
  assert.equal(JSON.parse(stdout.trim().split('\n').at(-1)).outcome, 'delivered')
  const { requests } = await answer(at, '/requests')
  const request = await answer(at, `/requests/${requests[0].id}`)
  assert.equal(request.method, 'PUT')
  assert.ok(JSON.stringify(request.headers).includes('blue'))
})

test('without a file it is said how to keep them', async (t) => {
  const { page } = await screen(t)
  await page.getByText('This receiver, until it ends').waitFor()
  await page.getByRole('button', { name: 'Copy the command' }).click()
  await page.getByText('Copied the command').waitFor()
  assert.equal(await clipboard(page), 'chatislav listen --settings webhook.toml')
})

test('a change is marked at its field and by the Save button, and is not applied', async (t) => {
  const { page, at, unsaved } = await screen(t)
  const timeout = page.locator('.field', { has: page.getByLabel('Timeout (seconds)') })
  await page.getByLabel('Timeout (seconds)').fill('7')
  await timeout.getByText('not saved').waitFor()
  assert.equal(await page.getByText('not saved', { exact: true }).count(), 1)
  await unsaved.waitFor()
  await page.getByText('By the saved settings').waitFor()
  assert.equal((await answer(at, '/settings')).timeout, '30s')
  // The same value in other words is no change.
  await page.getByLabel('Timeout (seconds)').fill('0.5m')
  await unsaved.waitFor({ state: 'hidden' })
})

test('changes can be discarded', async (t) => {
  const { page } = await screen(t)
  await page.getByRole('switch', { name: 'Enabled' }).uncheck()
  await page.getByLabel('lead_collection').uncheck()
  await page.getByRole('button', { name: 'Add header' }).click()
  await page.getByLabel('Name of header').fill('X-A')
  assert.equal(await page.getByText('not saved', { exact: true }).count(), 3)
  await page.getByRole('button', { name: 'Discard changes' }).click()
  assert.equal(await page.getByText('not saved', { exact: true }).count(), 0)
  assert.ok(await page.getByRole('switch', { name: 'Enabled' }).isChecked())
  assert.equal(await page.getByLabel('Name of header').count(), 0)
})

test('leaving with changes asks', async (t) => {
  const { page } = await screen(t)
  await page.getByLabel('Timeout (seconds)').fill('7')
  await page.getByRole('link', { name: 'Verify' }).click()
  await page.getByRole('button', { name: 'Stay here' }).click()
  await page.waitForURL(/#\/webhooks$/)
  await reads(page.getByLabel('Timeout (seconds)'), '7')
  await page.getByRole('link', { name: 'Verify' }).click()
  await page.getByRole('button', { name: 'Discard and leave' }).click()
  await page.getByRole('heading', { name: 'Verification examples' }).waitFor()
  await page.getByRole('link', { name: 'Webhooks' }).click()
  await reads(page.getByLabel('Timeout (seconds)'), '30')
  // Nothing is changed: nothing is asked.
  await page.getByRole('link', { name: 'Verify' }).click()
  await page.getByRole('heading', { name: 'Verification examples' }).waitFor()
})

test('closing the page with changes asks too', async (t) => {
  const { page } = await screen(t)
  await page.getByLabel('Timeout (seconds)').pressSequentially('7')
  const asked = page.waitForEvent('dialog')
  const closed = page.close({ runBeforeUnload: true })
  const dialog = await asked
  assert.equal(dialog.type(), 'beforeunload')
  await dialog.accept()
  await closed
})

test('a header can be removed, and the focus goes on', async (t) => {
  const { page, at, save, saved } = await screen(t)
  for (const name of ['X-A', 'X-B']) {
    await page.getByRole('button', { name: 'Add header' }).click()
    await page.keyboard.type(name)
    await page.keyboard.press('Tab')
    await page.keyboard.type('1')
  }
  await page.getByRole('button', { name: 'Remove header X-A' }).click()
  const focused = () => page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent)
  assert.equal(await focused(), 'Remove header X-B')
  await save.click()
  await saved()
  assert.deepEqual((await answer(at, '/settings')).headers, [{ name: 'X-B', value: '1' }])
  await page.getByRole('button', { name: 'Remove header X-B' }).click()
  assert.equal(await focused(), 'Add header')
})

test('with no event selected it is saved, says that nothing is sent, and sends nothing', async (t) => {
  const { page, at, save, saved, send, log } = await screen(t)
  for (const name of ['conversation_summary', 'lead_collection']) await page.getByLabel(name).uncheck()
  await save.click()
  await saved()
  await page.getByText('no event is selected: nothing is sent').waitFor()
  await send.click()
  await log.getByText('skipped: no event is selected.').waitFor()
  assert.equal((await answer(at, '/requests')).requests.length, 0)
})
