// The Webhooks screen from the first key to the last, without a pointer.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { open, receiver } from './support.mjs'
import { parts, settingsFile } from './webhooks-screen.mjs'

/** What has the focus, as a screen reader names it. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement
  if (element === document.body) return 'nothing'
  const text = element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent
  return text.trim()
})

/** Tabs on until something of this name has the focus. */
async function reach(page, name, key = 'Tab') {
  const passed = []
  while ((await focused(page)) !== name) {
    passed.push(await focused(page))
    assert.ok(passed.length < 60, `${name} is not reached: ${passed.join(', ')}`)
    await page.keyboard.press(key)
  }
}

test('settings are saved, the secret is regenerated, and a test event is sent with three attempts', async (t) => {
  const file = await settingsFile(t)
  const page = await open(t, await receiver(t, '--settings', file, '--respond', '503x2,200'))
  const { attempts, log, saved, unsaved } = parts(page)
  await page.keyboard.press('g')
  await page.keyboard.press('w')
  await page.getByRole('switch', { name: 'Enabled' }).waitFor()

  await reach(page, 'Timeout (seconds)')
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('12')
  await reach(page, 'conversation_summary')
  await page.keyboard.press('Space')
  await reach(page, 'Add header')
  await page.keyboard.press('Enter')
  await page.keyboard.type('X-Team')
  await page.keyboard.press('Tab')
  await page.keyboard.type('blue')
  await page.keyboard.press('Enter')
  await saved()
  assert.equal(await focused(page), 'Value of header')
  const text = await readFile(file, 'utf8')
  for (const line of ['timeout = "12s"', 'events = ["lead_collection"]', '"X-Team" = "blue"']) assert.ok(text.includes(line), text)

  await reach(page, 'Regenerate…')
  await page.keyboard.press('Enter')
  assert.match(await focused(page), /^Accept the old one for/)
  await page.keyboard.press('Escape')
  assert.equal(await focused(page), 'Regenerate…')
  await page.keyboard.press('Enter')
  await reach(page, 'Regenerate now')
  await page.keyboard.press('Enter')
  await page.getByLabel('New secret').waitFor()
  assert.equal(await focused(page), 'New secret')
  await reach(page, 'Done, hide it')
  await page.keyboard.press('Space')
  assert.equal(await focused(page), 'Regenerate…')

  await reach(page, 'Event')
  await page.keyboard.type('lead')
  await page.getByText('valid JSON, event lead_collection').waitFor()
  await reach(page, 'Waits')
  await page.keyboard.type('600')
  await reach(page, 'Send test event')
  await page.keyboard.press('Enter')
  await log.getByText(/delivered after 3 attempts/).waitFor()
  assert.equal(await attempts.count(), 3)
  await reach(page, 'See what arrived')

  await reach(page, 'Enabled', 'Shift+Tab')
  await page.keyboard.press('Space')
  await unsaved.waitFor()
  await reach(page, 'Verify', 'Shift+Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Unsaved changes are not applied' }).waitFor()
  await page.keyboard.press('Escape')
  await page.waitForURL(/#\/webhooks$/)
})
