// Two requests compared, in bytes and as JSON.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lead, open, post, receiver, rows, shows, sign } from './support.mjs'

test('one is marked with d, and the next compared with it: a parser wrote the JSON anew', async (t) => {
  const at = await receiver(t)
  const sent = '{"event": "lead_collection", "data": {"score": 1.0}}'
  await post(at.hook, sent)
  await post(at.hook, JSON.stringify(JSON.parse(sent)), { 'x-chatislav-signature': sign(sent) })
  const page = await open(t, at)
  await shows(page, 2)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('d')
  await page.getByText(/is marked; choose another/).waitFor()
  await page.keyboard.press('k')
  await page.keyboard.press('d')
  const one = page.getByRole('region', { name: 'One request' })
  await one.getByText('whoever parses and writes JSON anew breaks the signature').waitFor()
  await one.getByText('first at byte 9').waitFor()
  await one.getByText('Different in writing: whitespace, numbers.').waitFor()
  const verdict = one.getByRole('row').filter({ hasText: 'verdict' })
  assert.deepEqual(await verdict.getByRole('cell').allTextContents(), ['verified', 'signature_mismatch'])
  assert.match(page.url(), /#\/r\/\w+-2\/diff\/\w+-1$/)
  await one.getByRole('button', { name: 'Back to the request' }).click()
  await one.getByText('signature_mismatch', { exact: true }).waitFor()
})

test('another attempt of the same delivery is one click away, and nothing differs', async (t) => {
  const at = await receiver(t, '--respond', '503')
  await post(at.hook, lead('Ada'))
  await post(at.hook, lead('Ada'))
  const page = await open(t, at)
  await shows(page, 2)
  await rows(page).first().click()
  await page.getByRole('link', { name: 'compare with attempt 1' }).click()
  await page.getByText('Nothing is different').waitFor()
})

test('values that differ stand side by side, with their paths', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada', { more: true }))
  await post(at.hook, lead('<b>Eve</b>'))
  const page = await open(t, at)
  await shows(page, 2)
  await rows(page).nth(1).click()
  await page.getByRole('button', { name: 'Compare' }).click()
  await rows(page).first().click()
  await page.keyboard.press('d')
  const row = page.getByRole('row').filter({ hasText: 'data.form_data[0].value' })
  await row.waitFor()
  assert.deepEqual(await row.getByRole('cell').allTextContents(), ['"Ada"', '"<b>Eve</b>"'])
  assert.deepEqual(await page.getByRole('row').filter({ hasText: /^more/ }).getByRole('cell').allTextContents(), ['there', '–'])
})
