// The plan bar: what is in force, what comes next of it, faults under their place, presets.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { becomes, lead, open, post, receiver } from './support.mjs'

const respond = async (at) => (await (await at.api('/plan')).json()).respond
const outcomes = () => [...document.querySelectorAll('.outcomes li')].map((item) => item.textContent)

test('the plan in force is there with what comes next, and another is applied with Enter', async (t) => {
  const at = await receiver(t, '--respond', '503x2,200')
  const page = await open(t, at)
  const plan = page.getByLabel('Plan', { exact: true }).and(page.locator('input'))
  await becomes(page, outcomes, ['503', '503', '200', 'and so on'])
  assert.equal(await plan.inputValue(), '503x2,200')
  assert.ok(await page.getByRole('button', { name: 'Apply' }).isDisabled())
  await plan.fill('loop(500,200)')
  await becomes(page, () => document.querySelectorAll('.outcomes li').length, 11)
  assert.equal(await respond(at), '503x2,200', 'a preview changes nothing')
  await plan.press('Enter')
  await page.getByText('In force: loop(500,200)').waitFor()
  assert.equal(await respond(at), 'loop(500,200)')
  assert.equal(await post(at.hook, lead('Ada')), 500)
})

test('a fault stands under its place and cannot be applied', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at, { refusals: [400] })
  await page.getByText('Live', { exact: true }).waitFor()
  await becomes(page, outcomes, ['200', 'and so on'])
  await page.locator('.plan input').fill('503x2,2000')
  await page.getByText('a status is a number from 200 to 599').waitFor()
  assert.equal(await page.locator('.plan .before').textContent(), '503x2,')
  assert.ok(await page.getByRole('button', { name: 'Apply' }).isDisabled())
  const asked = []
  page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`))
  await page.locator('.plan input').press('Enter')
  assert.equal(await page.locator('.plan .fault').textContent(), 'a status is a number from 200 to 599')
  await page.locator('.plan input').press('Escape')
  await page.getByText('a status is a number from 200 to 599').waitFor({ state: 'hidden' })
  assert.equal(await page.locator('.plan input').inputValue(), '200')
  assert.deepEqual(await page.evaluate(outcomes), ['200', 'and so on'])
  // Nothing was asked but how plans go on.
  assert.deepEqual([...new Set(asked)], ['POST /api/v1/plan/preview'])
  assert.equal(await respond(at), '200')
})

test('presets are one click away, and say what they are', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at)
  const presets = page.getByRole('group', { name: 'Presets' }).getByRole('button')
  await presets.first().waitFor()
  assert.deepEqual(await presets.allTextContents(), ['flaky', 'down', 'slow', 'rate-limited', 'recovering'])
  await page.getByRole('button', { name: 'recovering' }).click()
  await becomes(page, outcomes, ['503', '503', '503', '200', 'and so on'])
  assert.equal(await post(at.hook, lead('Ada')), 503)
  await page.getByRole('button', { name: 'flaky' }).click()
  await page.getByText('by chance').waitFor()
})

test('rules that come first are told, and stay when the plan is another one', async (t) => {
  const at = await receiver(t)
  const rules = [{ when: 'path=/slow', respond: '404' }]
  await at.api('/plan', { method: 'PUT', body: JSON.stringify({ respond: '200', rules }), headers: { 'content-type': 'application/json' } })
  const page = await open(t, at)
  await page.getByText('1 rule comes first').click()
  await page.getByText('when path=/slow: 404').waitFor()
  await page.getByRole('button', { name: 'down' }).click()
  await page.getByText('In force: down').waitFor()
  assert.equal(await post(at.url + '/slow', lead('Ada')), 404)
  assert.equal(await post(at.hook, lead('Eve')), 503)
})

test('a plan that somebody else put in force is seen when one comes back', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at)
  await becomes(page, outcomes, ['200', 'and so on'])
  await at.api('/plan', { method: 'PUT', body: '404', headers: { 'content-type': 'text/plain' } })
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await becomes(page, outcomes, ['404', 'and so on'])
})
