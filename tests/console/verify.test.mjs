// The verification examples: a tab each, the very file as text.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { clipboard, open, receiver } from './support.mjs'

const FOLDER = new URL('../../examples/verify/', import.meta.url)

async function screen(t) {
  const page = await open(t, await receiver(t), { place: '/verify' })
  await page.getByRole('tab').first().waitFor()
  return page
}

const chosen = (page) => page.getByRole('tab', { selected: true }).textContent()
const code = (page) => page.getByRole('tabpanel').locator('pre').textContent()

test('each language of the folder has its file', async (t) => {
  const page = await screen(t)
  const languages = await readdir(FOLDER)
  const tabs = page.getByRole('tab')
  assert.equal(await tabs.count(), languages.length)
  assert.equal(languages.length, 9)
  for (const tab of await tabs.all()) {
    await tab.click()
    const panel = page.getByRole('tabpanel', { name: await tab.textContent() })
    const path = await panel.getByText(/^examples\/verify\//).textContent()
    const file = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
    assert.equal(await code(page), file)
  }
})

test('the arrows go round the tabs, and Tab goes into the code', async (t) => {
  const page = await screen(t)
  const titles = await page.getByRole('tab').allTextContents()
  await page.getByRole('tab').first().focus()
  for (const [key, at] of [['ArrowRight', 1], ['End', titles.length - 1], ['ArrowRight', 0], ['ArrowLeft', titles.length - 1], ['Home', 0]]) {
    await page.keyboard.press(key)
    assert.equal(await chosen(page), titles.at(at), key)
    assert.equal(await page.evaluate(() => document.activeElement.textContent), titles.at(at), key)
    assert.equal(await page.getByRole('tabpanel').count(), 1)
  }
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Copy')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'PRE')
})

test('the code is copied as it stands', async (t) => {
  const page = await screen(t)
  await page.getByRole('tab', { name: 'Go', exact: true }).click()
  await page.getByRole('button', { name: 'Copy the code' }).click()
  await page.getByText('Copied the code').waitFor()
  assert.equal(await clipboard(page), await code(page))
})

test('it says what they do right, and leads nowhere else', async (t) => {
  const page = await screen(t)
  await page.getByText(/bytes of the body as they came.*constant time.*401/).waitFor()
  assert.equal(await page.locator('.verify a').count(), 0)
})
