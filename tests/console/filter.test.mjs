// The filter box: the language of the command line, with errors under their place.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { cells, lead, open, post, receiver, shows } from './support.mjs'

async function some(t) {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  await post(at.hook, lead('Eve'), { 'x-chatislav-signature': '' })
  await post(at.hook, '{"event": "conversation_summary", "summary": {}}')
  return at
}

test('it narrows the list while somebody types, and what comes later too', async (t) => {
  const at = await some(t)
  const page = await open(t, at)
  await shows(page, 3)
  await page.getByLabel('Filter').fill('verified event:lead_*')
  await shows(page, 1)
  await post(at.hook, '{"event": "call_ended"}')
  await post(at.hook, lead('Grace'))
  await shows(page, 2)
  assert.deepEqual((await cells(page)).map(([, event]) => event), ['lead_collection', 'lead_collection'])
  await page.waitForURL(/#\/\?filter=verified%20event%3Alead_\*$/)
  await page.getByLabel('Filter').press('Escape')
  await shows(page, 5)
  await page.waitForURL(/#\/$/)
})

test('an error stands under its place, and what was shown stays', async (t) => {
  const at = await some(t)
  const page = await open(t, at, { refusals: [400] })
  await shows(page, 3)
  await page.getByLabel('Filter').fill('status:401')
  await shows(page, 1)
  await page.getByLabel('Filter').fill('status:401 status:x')
  await page.getByText('expected a status from 100 to 599').waitFor()
  assert.equal(await page.locator('.filter .pointer').textContent(), 'status:401 status:▲')
  const [input, pointer] = await page.evaluate(() => ['.filter input', '.filter .pointer'].map((selector) => getComputedStyle(document.querySelector(selector))).map((style) => `${style.fontFamily} ${style.fontSize}`))
  assert.equal(pointer, input, 'the place is not under the text')
  assert.equal(await page.getByLabel('Filter').getAttribute('aria-invalid'), 'true')
  await shows(page, 1)
  await page.getByLabel('Filter').fill('status:401')
  await page.getByText('expected a status from 100 to 599').waitFor({ state: 'hidden' })
})

test('of two filters the last one is in force, though the first is answered later', async (t) => {
  const at = await some(t)
  const page = await open(t, at)
  await shows(page, 3)
  let answer
  const isAsked = new Promise((resolve) => page.route(/requests\?filter=status%3A401/, (route) => resolve((answer = () => route.continue()))))
  const filter = page.getByLabel('Filter')
  await filter.fill('status:401')
  await isAsked
  await filter.fill('event:conversation_summary')
  await shows(page, 1)
  const late = page.waitForResponse(/requests\?filter=status%3A401/).then((response) => response.finished())
  await answer()
  await late
  await post(at.hook, '{"event": "conversation_summary", "summary": {"again": true}}')
  await shows(page, 2)
  assert.match(page.url(), /filter=event%3Aconversation_summary$/)
  // What was overtaken is not taken for what is in force.
  await page.unrouteAll()
  await filter.fill('status:401')
  await shows(page, 1)
})

test('it comes with a link, and a link to a wrong one says so', async (t) => {
  const at = await some(t)
  const page = await open(t, at, { place: '/?filter=status%3A401' })
  await shows(page, 1)
  assert.equal(await page.getByLabel('Filter').inputValue(), 'status:401')
  const other = await open(t, at, { place: '/?filter=status%3Ax', refusals: [400] })
  await other.getByText('expected a status from 100 to 599').waitFor()
  await shows(other, 3)
})

test('where nothing matches, what came closest is one click away', async (t) => {
  const at = await some(t)
  const page = await open(t, at)
  await page.getByLabel('Filter').fill('verified status:404')
  await page.getByText('No request matches').waitFor()
  await page.getByText('the closest differed in `status`').waitFor()
  await page.getByRole('button', { name: 'Show all requests' }).click()
  await shows(page, 3)
})
