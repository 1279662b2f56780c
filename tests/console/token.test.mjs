// The token: out of the address at once, in memory only, asked for where it lacks.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lead, open, post, receiver, rows, shows } from './support.mjs'

test('it leaves the address before anything else, and is kept nowhere', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at)
  await shows(page, 1)
  assert.equal(page.url(), `${at.console}/#/`)
  const kept = await page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, await indexedDB.databases()]))
  assert.ok(!kept.includes(at.token), kept)
  assert.ok(!(await page.content()).includes(at.token))
  await page.goBack().catch(() => {})
  assert.ok(!page.url().includes(at.token))
})

test('without it there is a form, which takes the link or the token alone and keeps the place', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const { requests } = await (await at.api('/requests')).json()
  const place = `/r/${requests[0].id}`
  for (const said of [at.token, at.link(), `  ${at.console}/#token=${at.token}\n`]) {
    const page = await open(t, at, { link: `${at.console}/#${place}`, refusals: [401] })
    const field = page.getByLabel(/Paste the link or the token/)
    await field.fill('0'.repeat(64))
    await field.press('Enter')
    await page.getByText('That is not the token of this receiver.').waitFor()
    assert.equal(await page.locator('.connection').textContent(), 'Not connected')
    await field.fill('two words')
    await field.press('Enter')
    await page.getByText('That is neither a link nor a token.').waitFor()
    await field.fill(said)
    await field.press('Enter')
    await page.getByRole('heading', { name: 'lead_collection' }).waitFor()
    assert.equal(page.url(), `${at.console}/#${place}`)
  }
})

test('a reload forgets it, and the link pasted into the same tab brings it again', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at)
  await shows(page, 1)
  await page.reload()
  await page.getByText('This console needs its token').waitFor()
  await page.evaluate((link) => location.assign(link), at.link())
  await shows(page, 1)
  assert.equal(page.url(), `${at.console}/#/`)
})

test('a receiver that was started anew has another token, and the page says so and goes on', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at, { refusals: [401, 'lost'] })
  await page.getByText('Live', { exact: true }).waitFor()
  await at.stop()
  await page.getByText('Reconnecting', { exact: true }).waitFor()
  const ports = [at.url, at.console].map((url) => new URL(url).port)
  const again = await receiver(t, '--port', ports[0], '--console-port', ports[1])
  await page.getByText(/does not know the token of this page/).waitFor()
  await page.getByLabel(/Paste the link or the token/).fill(again.token)
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  await post(again.hook, lead('Ada'))
  await shows(page, 1)
  assert.equal(await rows(page).count(), 1)
})
