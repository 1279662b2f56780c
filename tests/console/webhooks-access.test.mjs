// The Webhooks screen and the examples for everybody: axe in both themes, 400 px, 200 % zoom, no colour alone.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { resampled, screen } from './webhooks-screen.mjs'

const AXE = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

async function sound(page, what) {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() => globalThis.axe.run())
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`)]), [], what)
}

/** Every state of the screen at once: changes, a refusal, a secret, a delivery with failures. */
async function crowd({ json, log, page, save, send }) {
  const sent = await json.inputValue()
  await page.getByLabel('Waits').selectOption('600× shorter')
  await send.click()
  await log.getByText(/delivered after 3 attempts/).waitFor()
  // Another sample comes, and would come over what is written there now.
  await resampled(page, sent)
  await page.getByRole('button', { name: 'Regenerate…' }).click()
  await page.getByRole('button', { name: 'Regenerate now' }).click()
  await page.getByLabel('New secret').waitFor()
  await page.getByRole('button', { name: 'Add header' }).click()
  await page.getByLabel('Test events may go to this machine').uncheck()
  await json.fill('{')
  await save.click()
  await page.getByText('Chatislav would refuse this address').waitFor()
  await page.getByRole('button', { name: 'Regenerate…' }).click()
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing, ${colorScheme}`, async (t) => {
    const shown = await screen(t, ['--respond', '503x2,200'], { colorScheme, refusals: [403] })
    const { page } = shown
    await sound(page, 'as it opens')
    await crowd(shown)
    await sound(page, 'with everything on it')
    await page.getByRole('link', { name: 'Verify' }).click()
    await page.getByRole('heading', { name: 'Unsaved changes are not applied' }).waitFor()
    await sound(page, 'asked whether to leave')
    await page.getByRole('button', { name: 'Discard and leave' }).click()
    await page.getByRole('tab', { name: 'Python' }).waitFor()
    await sound(page, 'the examples')
  })
}

/** Nothing is wider than the page, and no text runs out of its box. */
async function fits(page) {
  const wide = await page.evaluate(() => [...document.querySelectorAll('.screen:not([hidden]) *')]
    .filter((element) => element.checkVisibility() && element.closest('pre, input, select, textarea') === null)
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 || (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1))
    .map((element) => element.outerHTML.slice(0, 120)))
  assert.deepEqual(wide, [])
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth))
}

// 200 % on a screen of 1280 is a page of 640.
for (const width of [400, 640]) {
  test(`it is usable at ${width} px`, async (t) => {
    const shown = await screen(t, ['--respond', '503x2,200'], { viewport: { width, height: 700 }, refusals: [403] })
    const { page } = shown
    await crowd(shown)
    await fits(page)
    await page.getByRole('button', { name: 'Discard changes' }).click()
    await page.getByRole('link', { name: 'Verify' }).click()
    await page.getByRole('tab', { name: 'Shell' }).click()
    await fits(page)
  })
}

test('nothing of it is in the console of the browser', async (t) => {
  const { page, at } = await screen(t)
  const said = []
  page.on('console', (message) => said.push(message.text()))
  await page.goto('about:blank')
  await page.goto(at.link('/webhooks'))
  await page.getByText('valid JSON, event').waitFor()
  await page.getByRole('link', { name: 'Verify' }).click()
  await page.getByRole('tab', { name: 'Python' }).waitFor()
  assert.deepEqual(said, [])
})
