// A request sent again: as it was, edited, signed anew.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lead, open, post, receiver, rows, shows, sign } from './support.mjs'

async function dialogOf(t, { body = lead('Ada'), headers = {}, listen = [] } = {}) {
  const at = await receiver(t, ...listen)
  await post(`${at.hook}?a=1`, body, headers)
  const page = await open(t, at)
  await shows(page, 1)
  await rows(page).first().click()
  await page.getByRole('button', { name: 'Replay…' }).click()
  const dialog = page.getByRole('dialog')
  const newest = async () => {
    const { requests } = await (await at.api('/requests?limit=1')).json()
    const capture = await (await at.api(`/requests/${requests[0].id}`)).json()
    return { ...capture, text: Buffer.from(capture.body, 'base64').toString() }
  }
  return { at, page, dialog, newest }
}

test('once more, byte for byte', async (t) => {
  const { page, dialog, newest } = await dialogOf(t, { body: Buffer.from('{"event": "e", "odd": "\r\n\xff"}', 'latin1') })
  await dialog.getByText('not UTF-8').waitFor()
  await dialog.getByRole('button', { name: 'Send again' }).click()
  await dialog.getByText('Answered 400').waitFor()
  await dialog.getByRole('link', { name: /^Show / }).click()
  await page.getByText('2 attempts').waitFor()
  const { body, target } = await newest()
  assert.equal(Buffer.from(body, 'base64').toString('latin1'), '{"event": "e", "odd": "\r\n\xff"}')
  assert.equal(target, '/hook?a=1')
})

test('an edited body is refused until it is signed anew', async (t) => {
  const { dialog, newest } = await dialogOf(t)
  const body = lead('Grace Hopper')
  await dialog.getByLabel('Body', { exact: true }).fill(body)
  await dialog.getByText('the captured signature does not fit it').waitFor()
  await dialog.getByRole('button', { name: 'Send edited' }).click()
  await dialog.getByText('Answered 401').waitFor()
  await dialog.getByLabel(/Sign the body anew/).check()
  await dialog.getByRole('button', { name: 'Send edited' }).click()
  await dialog.getByText('Answered 200').waitFor()
  const capture = await newest()
  assert.equal(capture.text, body)
  assert.equal(capture.verdict, 'verified')
  assert.ok(capture.headers.some(([name, value]) => name === 'x-chatislav-signature' && value === sign(body)))
})

test('method, path and headers are edited too, and put back', async (t) => {
  const { dialog, newest } = await dialogOf(t)
  const original = await dialog.getByLabel(/^Headers/).inputValue()
  assert.ok(!/^(host|content-length):/im.test(original), 'what belongs to the connection is not edited')
  await dialog.getByLabel('Method').fill('PUT')
  await dialog.getByLabel('Path and query').fill('/other?b=2')
  await dialog.getByLabel(/^Headers/).fill(`${original}\nX-Added: yes`)
  await dialog.getByRole('button', { name: 'Send edited' }).click()
  await dialog.getByText('Answered 200').waitFor()
  const { method, target, headers, text } = await newest()
  assert.deepEqual([method, target, text], ['PUT', '/other?b=2', lead('Ada')])
  assert.ok(headers.some(([name, value]) => name.toLowerCase() === 'x-added' && value === 'yes'))
  await dialog.getByRole('button', { name: 'As captured' }).click()
  assert.equal(await dialog.getByLabel('Method').inputValue(), 'POST')
  assert.equal(await dialog.getByLabel(/^Headers/).inputValue(), original)
})

test('a header that is none is said before anything is sent', async (t) => {
  const { at, dialog } = await dialogOf(t)
  await dialog.getByLabel(/^Headers/).fill('no colon here')
  await dialog.getByRole('button', { name: 'Send edited' }).click()
  await dialog.getByText('a header is written "Name: value"').waitFor()
  assert.equal((await (await at.api('/requests')).json()).requests.length, 1)
})

test('without a secret there is nothing to sign with', async (t) => {
  const at = await receiver(t, '--unsigned')
  await post(at.hook, lead('Ada'))
  const page = await open(t, at, { refusals: [409] })
  await shows(page, 1)
  await rows(page).first().click()
  await page.keyboard.press('r')
  await page.getByLabel(/Sign the body anew/).check()
  await page.getByRole('button', { name: 'Send again' }).click()
  await page.getByText('no secret to sign with').waitFor()
})
