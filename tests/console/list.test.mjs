// The list: what arrives is there at once, retries stand together, and no number of requests is too many.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { becomes, cells, chatislav, lead, open, post, receiver, rows, SECRET, shows } from './support.mjs'

test('a request is there by itself, with its verdict in a word, a symbol and a colour', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at)
  await page.getByText('Nothing has arrived yet').waitFor()
  await post(at.hook, lead('Ada'))
  await post(at.hook, lead('Eve'), { 'x-chatislav-signature': '0'.repeat(64) })
  await post(at.hook, '{"event": "call_ended"}')
  await shows(page, 3)
  const said = (await cells(page)).map((row) => row.slice(0, 5))
  assert.deepEqual(said, [
    ['✓verified', 'call_ended', '1/1', '200', '23 B'],
    ['✕signature_mismatch', 'POST /hook', '1/1', '401', '81 B'],
    ['✓verified', 'lead_collection', '1/1', '200', '81 B'],
  ])
  const colours = await page.evaluate(() => [...document.querySelectorAll('.rows tbody a')].map((link) => getComputedStyle(link).color))
  assert.notEqual(colours[0], colours[1])
  assert.equal(colours[0], colours[2])
  await page.getByRole('link', { name: 'signature_mismatch, POST /hook, attempt 1 of 1, status 401' }).waitFor()
})

test('the attempts of a delivery stand together, and a forger with the same body apart', async (t) => {
  const at = await receiver(t, '--respond', '503x2,200')
  const page = await open(t, at)
  const first = lead('first')
  await post(at.hook, first)
  await post(at.hook, lead('between'))
  await post(at.hook, first)
  await post(at.hook, first, { 'x-chatislav-signature': '0'.repeat(64) })
  await post(at.hook, first)
  await shows(page, 5)
  const groups = await page.evaluate(() => [...document.querySelectorAll('.rows tbody')].map((group) => [...group.rows].map((row) => `${row.cells[2].textContent} ${row.cells[3].textContent}`)))
  assert.deepEqual(groups, [['3/3 200', '2/3 503', '1/3 503'], ['1/1 401'], ['1/1 503']])
})

test('ten thousand requests are at most 300 rows, and the newest is the first', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at)
  await chatislav('send', 'lead_collection', '--to', at.hook, '--secret', SECRET, '--allow-local', '--count', '10000', '--concurrency', '16', '--output', 'quiet')
  await post(at.hook, '{"event": "the_last"}')
  await becomes(page, () => document.querySelector('.rows tbody td.event')?.textContent, 'the_last')
  assert.equal(await rows(page).count(), 300)
  await page.getByRole('button', { name: 'Older requests' }).click()
  await page.getByRole('button', { name: 'Newer requests' }).waitFor()
  assert.equal(await rows(page).count(), 300)
  assert.notEqual(await page.locator('tbody td.event').first().textContent(), 'the_last')
})

test('older requests come on demand and go again', async (t) => {
  const at = await receiver(t)
  for (let index = 1; index <= 310; index += 1) await post(at.hook, `{"event": "number_${index}"}`)
  const page = await open(t, at)
  const ends = () => page.evaluate(() => [...document.querySelectorAll('.rows td.event')].map((cell) => cell.textContent)).then((names) => [names[0], names.at(-1)])
  await shows(page, 300)
  assert.deepEqual(await ends(), ['number_310', 'number_11'])
  await page.getByRole('button', { name: 'Older requests' }).click()
  await shows(page, 10)
  assert.deepEqual(await ends(), ['number_10', 'number_1'])
  assert.equal(await page.getByRole('button', { name: 'Older requests' }).count(), 0)
  await page.getByRole('button', { name: 'Newer requests' }).click()
  await shows(page, 300)
  assert.deepEqual(await ends(), ['number_310', 'number_11'])
})

test('it stands still while somebody reads, counts what comes, and follows again when asked', async (t) => {
  const at = await receiver(t)
  for (let index = 1; index <= 60; index += 1) await post(at.hook, `{"event": "number_${index}"}`)
  const page = await open(t, at)
  const first = () => document.querySelector('.rows td.event')?.textContent
  await becomes(page, first, 'number_60')
  await page.getByRole('button', { name: 'Following' }).waitFor()

  await page.locator('.rows').evaluate((list) => list.scrollTo(0, 400))
  await page.getByRole('button', { name: 'Paused' }).waitFor()
  await post(at.hook, '{"event": "number_61"}')
  await post(at.hook, '{"event": "number_62"}')
  await page.getByRole('button', { name: '2 new, follow' }).waitFor()
  assert.equal(await page.evaluate(first), 'number_60')
  await page.getByRole('button', { name: '2 new, follow' }).click()
  await becomes(page, first, 'number_62')

  await page.keyboard.press('j')
  await post(at.hook, '{"event": "number_63"}')
  await page.getByRole('button', { name: '1 new, follow' }).waitFor()
  await page.keyboard.press('f')
  await becomes(page, first, 'number_63')

  await page.locator('.rows').evaluate((list) => list.scrollTo(0, 400))
  await page.getByRole('button', { name: 'Paused' }).waitFor()
  await page.locator('.rows').evaluate((list) => list.scrollTo(0, 0))
  await page.getByRole('button', { name: 'Following' }).waitFor()
})

test('a sender of our own is seen with its retries while they happen', async (t) => {
  const at = await receiver(t, '--respond', '503x2,200')
  const page = await open(t, at)
  await chatislav('send', 'lead_collection', '--to', at.hook, '--secret', SECRET, '--allow-local', '--time-scale', '6000')
  await shows(page, 3)
  assert.deepEqual((await cells(page)).map(([, , attempt, status]) => `${attempt} ${status}`), ['3/3 200', '2/3 503', '1/3 503'])
})

test('everything is forgotten only after a question', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at)
  await shows(page, 1)
  const asked = []
  page.on('request', (request) => request.method() === 'DELETE' && asked.push(request.url()))
  for (const answer of ['Keep them', 'Forget all']) {
    await page.getByRole('button', { name: 'Clear…' }).click()
    assert.equal(await rows(page).count(), 1)
    await page.getByRole('button', { name: answer }).click()
  }
  await page.getByText('Nothing has arrived yet').waitFor()
  assert.equal(asked.length, 1)
  assert.equal((await (await at.api('/requests')).json()).requests.length, 0)
})
