// "Send test event": by the saved settings and the real dispatcher, seen as it happens.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { answer, isFocused, resampled, screen } from './webhooks-screen.mjs'

test('three attempts are seen, the outcome, and the requests that came of them', async (t) => {
  const { log, page, send, json, attempts, at } = await screen(t, ['--respond', '503x2,200'])
  const body = await json.inputValue()
  await page.getByLabel('Waits').selectOption('600× shorter')
  await send.click()
  await log.getByText(/delivered after 3 attempts: status 200/).waitFor()
  const told = await attempts.allTextContents()
  assert.equal(told.length, 3)
  assert.match(told[0], /^1↻503[\d.]+ m?swaited /)
  assert.match(told[1], /^2↻503[\d.]+ m?swaited /)
  assert.match(told[2], /^3✓200[\d.]+ m?s$/)
  await log.getByText(/to http:\/\/127.0.0.1:\d+\/hook, [\d,]+ bytes, signed with/).waitFor()
  const { requests } = await answer(at, '/requests')
  assert.deepEqual(requests.map(({ status }) => status), [200, 503, 503])
  const href = await log.getByRole('link', { name: 'See what arrived' }).getAttribute('href')
  assert.equal(href, `#/?filter=delivery:${requests[0].delivery}`)
  // Another sample is another delivery, for which the plan begins anew.
  await resampled(page, body)
  await send.click()
  await log.getByText(/delivered after 3 attempts/).nth(1).waitFor()
})

test('the wait counts down, and in a page that keeps still it stands', async (t) => {
  const { page, send, attempts } = await screen(t, ['--respond', '503'])
  await page.clock.install()
  // The receiver's clock goes on: its wait is so long that it does not end meanwhile.
  await page.route('**/send', (route) => route.fallback({ postData: { ...route.request().postDataJSON(), time_scale: 0.1 } }))
  await page.getByLabel('Waits').selectOption('as Chatislav waits')
  const seconds = async () => Number(/next in ([\d.]+) s/.exec(await attempts.first().textContent())[1])
  for (const [reducedMotion, counted] of [['no-preference', 2], ['reduce', 0]]) {
    await page.emulateMedia({ reducedMotion })
    await page.clock.pauseAt(new Date(Date.now() + 3_600_000 * (3 - counted)))
    await send.click()
    await attempts.getByText(/next in/).waitFor()
    const before = await seconds()
    await page.clock.runFor(2000)
    assert.ok(Math.abs(before - (await seconds()) - counted) < 0.15, `${reducedMotion}: from ${before} to ${await seconds()}`)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await attempts.getByText(/was due in/).waitFor()
  }
})

test('a delivery that is cancelled is tried no more', async (t) => {
  const { log, page, send, json, at } = await screen(t, ['--respond', '503'])
  const body = await json.inputValue()
  await page.getByLabel('Waits').selectOption('as Chatislav waits')
  await send.click()
  await log.getByText(/next in|waited/).first().waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await log.getByText(/cancelled after \d attempt/).waitFor()
  assert.ok(await isFocused(send))
  const count = async () => (await answer(at, '/requests')).requests.length
  const before = await count()
  // Another sample makes another delivery.
  await resampled(page, body)
  // The next one would be due after at most 5.5 s; the waits of this delivery take at least 6.5 s.
  await page.getByLabel('Waits').selectOption('600× shorter')
  await send.click()
  await log.getByText(/exhausted after \d+ attempts/).waitFor()
  const { requests } = await answer(at, '/requests')
  const first = requests.at(-1).delivery
  assert.equal(requests.filter(({ delivery }) => delivery === first).length, before)
})

test('the JSON goes as it stands, byte for byte', async (t) => {
  const { log, page, send, json, at } = await screen(t, ['--respond', '200'])
  const body = '{"event":"lead_collection",  "data":{"form_data":[]}, "name":"Zoë \u202e</textarea><script>alert(1)</script>"}'
  await json.fill(body)
  await page.getByText(`${Buffer.byteLength(body)} bytes, valid JSON, event lead_collection.`).waitFor()
  await send.click()
  await log.getByText(/delivered after 1 attempt: /).waitFor()
  const { requests } = await answer(at, '/requests')
  assert.equal(requests[0].verdict, 'verified')
  const response = await at.api(`/requests/${requests[0].id}/body`)
  assert.equal(await response.text(), body)
  // It stays, and it is said what sending it again means.
  await page.getByText('The same bytes were sent before').waitFor()
  assert.equal(await json.inputValue(), body)
})

test('what is no JSON or no event is said, and may be tried', async (t) => {
  const { page, json, send, at } = await screen(t, ['--respond', '200'], { refusals: [400] })
  await json.fill('{"event": "lead_collection"')
  await page.getByText(/27 bytes, not JSON: /).waitFor()
  assert.ok(await send.isEnabled())
  await json.fill('{"data": {}}')
  await page.getByText('valid JSON, but no event').waitFor()
  await send.click()
  await page.getByText(/Not sent: /).waitFor()
  assert.ok(await isFocused(json))
  assert.equal((await answer(at, '/requests')).requests.length, 0)
})

test('a fresh sample is another one, of the event that is chosen', async (t) => {
  const { page, json } = await screen(t, ['--respond', '200'])
  const first = await json.inputValue()
  await page.getByRole('button', { name: 'Fresh sample' }).click()
  await resampled(page, first)
  await page.getByLabel('Event', { exact: true }).selectOption('lead_collection')
  await page.getByText('valid JSON, event lead_collection.').waitFor()
  assert.match(await json.inputValue(), /^\{"event": "lead_collection", /)
})

test('an endpoint that cannot be reached is told as it is', async (t) => {
  const { log, page, save, saved, send, attempts } = await screen(t, ['--respond', '200'])
  await page.getByLabel('URL').fill('http://127.0.0.1:1/hook')
  await save.click()
  await saved()
  await page.getByLabel('Waits').selectOption('600× shorter')
  await send.click()
  await log.getByText(/exhausted after \d attempts/).waitFor()
  assert.match((await attempts.allTextContents())[0], /^1↻.*refused.* · connect/)
  assert.equal(await log.getByRole('link', { name: 'See what arrived' }).count(), 0)
})

test('the waits are explained', async (t) => {
  const { page } = await screen(t, ['--respond', '200'])
  for (const [label, words] of [['as Chatislav waits', 'the first takes 5.00 s, the last 1 h'], ['10× shorter', 'the first takes 500 ms, the last 6 min'], ['60× shorter', 'the first takes 83 ms, the last 1 min'], ['600× shorter', 'the first takes 8.3 ms, the last 6.00 s']]) {
    await page.getByLabel('Waits').selectOption(label)
    await page.getByText(words).waitFor()
  }
})
