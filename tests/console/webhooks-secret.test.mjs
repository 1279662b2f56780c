// The secret: made, rolled, seen once.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { chatislav, clipboard } from './support.mjs'
import { answer, reads, screen, settingsFile } from './webhooks-screen.mjs'

const fingerprint = (secret) => createHmac('sha256', secret).update('chatislav-webhooks/fingerprint').digest('hex').slice(0, 8)

/** The screen of settings that have no secret yet. */
async function unsigned(t) {
  const file = await settingsFile(t)
  await chatislav('settings', file, '--url', 'https://hooks.example.com/in', '--event', 'lead_collection')
  return { file, ...(await screen(t, ['--settings', file])) }
}

const verdict = async (at, secret) => {
  const { stdout } = await chatislav('send', '--to', `${at.hook}`, '--secret', secret, '--allow-local', '--no-retry', '--output', 'json').catch((error) => error)
  return JSON.parse(stdout.split('\n')[0]).status
}

test('a secret is generated, shown once, and the fingerprint stays', async (t) => {
  const { file, page, at } = await unsigned(t)
  await page.getByText('Without one, events are sent unsigned.').waitFor()
  await page.getByText('no secret: events are sent unsigned').waitFor()
  await page.getByRole('button', { name: 'Generate', exact: true }).click()
  const secret = await page.getByLabel('New secret').inputValue()
  assert.match(secret, /^[0-9a-f]{64}$/)
  await page.getByRole('button', { name: 'Copy the secret' }).click()
  await page.getByText('Copied the secret').waitFor()
  assert.equal(await clipboard(page), secret)
  assert.ok((await readFile(file, 'utf8')).includes(secret))
  await page.getByRole('button', { name: 'Done, hide it' }).click()
  await page.getByText(`fingerprint ${fingerprint(secret)}`).waitFor()
  const held = await page.evaluate(() => [document.body.innerText, ...[...document.querySelectorAll('input')].map(({ value }) => value)].join())
  assert.ok(!held.includes(secret), 'it is still in the page')
  assert.ok(!JSON.stringify(await answer(at, '/settings')).includes(secret))
  assert.equal(await verdict(at, secret), 200)
})

test('the old one is accepted for as long as was chosen', async (t) => {
  const { page, at } = await unsigned(t)
  await page.getByRole('button', { name: 'Generate', exact: true }).click()
  const old = await page.getByLabel('New secret').inputValue()
  await page.getByRole('button', { name: 'Regenerate…' }).click()
  await page.getByRole('button', { name: 'Keep the old one' }).click()
  assert.equal((await answer(at, '/settings')).secret.fingerprint, fingerprint(old))
  await page.getByRole('button', { name: 'Regenerate…' }).click()
  await page.getByLabel('Accept the old one for').selectOption('7 days')
  await page.getByRole('button', { name: 'Regenerate now' }).click()
  await page.getByText(`The old one, ${fingerprint(old)}, is accepted until`).waitFor()
  const young = await page.getByLabel('New secret').inputValue()
  assert.notEqual(young, old)
  const { previous_secrets: [{ until }] } = await answer(at, '/settings')
  assert.ok(Math.abs(new Date(until) - Date.now() - 7 * 864e5) < 36e5, until)
  assert.deepEqual([await verdict(at, old), await verdict(at, young)], [200, 200])
  await page.getByRole('button', { name: 'Regenerate…' }).click()
  await page.getByLabel('Accept the old one for').selectOption('no time at all')
  await page.getByRole('button', { name: 'Regenerate now' }).click()
  await page.getByText(fingerprint(young)).waitFor({ state: 'hidden' })
  assert.equal(await verdict(at, young), 401)
})

test('a new secret leaves unsaved changes as they are', async (t) => {
  const { page, at, save, saved } = await unsigned(t)
  await page.getByLabel('Timeout (seconds)').fill('7')
  await page.getByRole('button', { name: 'Generate', exact: true }).click()
  await page.getByLabel('New secret').waitFor()
  await reads(page.getByLabel('Timeout (seconds)'), '7')
  assert.equal((await answer(at, '/settings')).timeout, '30s')
  await save.click()
  await saved()
  assert.equal((await answer(at, '/settings')).timeout, '7s')
})

test('a secret that is shown is gone when the screen is left', async (t) => {
  const { page } = await unsigned(t)
  await page.getByRole('button', { name: 'Generate', exact: true }).click()
  const secret = await page.getByLabel('New secret').inputValue()
  await page.getByRole('link', { name: 'Verify' }).click()
  await page.getByRole('heading', { name: 'Verification examples' }).waitFor()
  await page.getByRole('link', { name: 'Webhooks' }).click()
  await page.getByText(`fingerprint ${fingerprint(secret)}`).waitFor()
  assert.equal(await page.getByLabel('New secret').count(), 0)
})
