// One request: why it was taken or refused, all of it as it came, and to take away.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { test } from 'node:test'

import { becomes, clipboard, lead, open, post, receiver, rows, SECRET, shows, sign } from './support.mjs'

/** Opens the newest request of the list. */
async function newest(page, count = 1) {
  await shows(page, count)
  await rows(page).first().click()
  return page.getByRole('region', { name: 'One request' })
}

test('a refusal says its code, its reason and what to do about it', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'), { 'x-chatislav-signature': `sha256=${sign(lead('Ada'))}` })
  const one = await newest(await open(t, at))
  await one.getByText('signature_malformed', { exact: true }).waitFor()
  await one.getByText(/drop the `sha256=`|sha256=/).first().waitFor()
  await one.getByText('401').first().waitFor()
})

test('a signature that does not fit is explained', async (t) => {
  const at = await receiver(t)
  const signed = '{"event": "lead_collection", "data": {"score": 1.0}}'
  await post(at.hook, JSON.stringify(JSON.parse(signed)), { 'x-chatislav-signature': sign(signed) })
  const one = await newest(await open(t, at))
  await one.getByRole('button', { name: 'Explain' }).click()
  await one.getByText(/the secret is right and the bytes differ/).waitFor()
  await one.getByText('Here, at byte 9').waitFor()
  await one.getByText('{"event": "lead_collection", ...').waitFor()
  await one.getByText(/make the bytes once, sign them and send them/).waitFor()
})

test('headers stand in the order and the case in which they came, each with its button', async (t) => {
  const at = await receiver(t)
  const body = lead('Ada')
  const headers = ['Content-Type', 'application/json', 'X-CHATISLAV-Signature', sign(body), 'x-Twice', 'one', 'X-Twice', 'two', 'Host', new URL(at.hook).host, 'Content-Length', String(body.length)]
  await new Promise((resolve) => request(at.hook, { method: 'POST', headers }, (answer) => answer.resume().on('end', resolve)).end(body))
  const page = await open(t, at)
  const one = await newest(page)
  const table = one.getByRole('table', { name: 'Headers' })
  await table.waitFor()
  const names = await table.locator('th').allTextContents()
  assert.deepEqual(names.filter((name) => name !== 'Connection'), headers.filter((_, index) => index % 2 === 0))
  await table.getByRole('button', { name: 'Copy X-CHATISLAV-Signature' }).click()
  await page.getByText('Copied X-CHATISLAV-Signature').waitFor()
  assert.equal(await clipboard(page), sign(body))
})

test('the body is shown indented, as it came, and as bytes', async (t) => {
  const at = await receiver(t)
  const body = '{"event": "lead_collection", "data": {"score": 1.0, "big": 12345678901234567890, "name": "Zo\\u00eb", "list": [], "score": 2}}'
  await post(at.hook, body)
  const one = await newest(await open(t, at))
  const shown = one.getByRole('group', { name: 'Body', exact: true })
  await shown.waitFor()
  assert.equal(
    await shown.innerText(),
    `{
  "event": "lead_collection",
  "data": {
    "score": 1.0,
    "big": 12345678901234567890,
    "name": "Zoë",
    "list": [],
    "score": 2
  }
}`,
  )
  await one.getByRole('button', { name: 'raw' }).click()
  assert.equal(await shown.innerText(), body)
  await one.getByRole('button', { name: 'hex' }).click()
  assert.equal((await shown.textContent()).split('\n')[1], '000010  63 6f 6c 6c 65 63 74 69  6f 6e 22 2c 20 22 64 61  collection", "da')
  assert.equal(await one.getByRole('button', { name: 'hex' }).getAttribute('aria-pressed'), 'true')
})

test('it is copied as a command or a script that sends the same bytes', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Zoë'))
  const page = await open(t, at)
  const one = await newest(page)
  for (const [name, sign] of [['curl', /^# .*\ncurl -X POST/], ['httpie', /http/], ['Python', /^(#|import|from)/m], ['Node', /fetch|http/]]) {
    await one.getByRole('button', { name: `Copy as ${name}` }).click()
    await page.getByText(new RegExp(`^Copied .* as ${name}`)).waitFor()
    const text = await clipboard(page)
    assert.match(text, sign)
    assert.ok(text.includes(new URL(at.hook).port), name)
  }
})

test('its link holds the id alone, and leads to it', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  await post(at.hook, '{"event": "call_ended"}')
  const page = await open(t, at)
  await shows(page, 2)
  await rows(page).nth(1).click()
  await page.getByRole('button', { name: 'Copy link' }).click()
  await page.getByText('Copied the link').waitFor()
  const link = await clipboard(page)
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/#\/r\/[0-9a-f]+-1$/)
  const other = await open(t, at, { link })
  await other.getByLabel(/Paste the link or the token/).fill(at.token)
  await other.getByRole('button', { name: 'Open' }).click()
  await other.getByRole('heading', { name: 'lead_collection' }).waitFor()
  assert.equal(other.url(), link)
})

test('one that is kept no more says so', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at, { place: '/r/abcd-7', refusals: [404] })
  await page.getByText(/kept no more/).waitFor()
})

test('a delivery is told attempt by attempt, while they come, with what the sender does next and why', async (t) => {
  const at = await receiver(t, '--respond', '503x2,404')
  await post(at.hook, lead('Ada'))
  const one = await newest(await open(t, at))
  const attempts = one.getByRole('region', { name: 'Delivery' })
  await attempts.getByText(/tries again/i).first().waitFor()
  await post(at.hook, lead('Ada'))
  await attempts.getByText('2 attempts').waitFor()
  await attempts.getByText(/^[\d.]+ m?s later$/).waitFor()
  await post(at.hook, lead('Ada'))
  await attempts.getByText('final, this event is lost').first().waitFor()
  assert.equal(await attempts.getByRole('listitem').count(), 3)
  await attempts.getByRole('link', { name: '404' }).click()
  await one.getByText('3/3: 404').waitFor()
  await attempts.locator('a[aria-current=true]', { hasText: '404' }).waitFor()
})

test('a sender that does not keep the rules is told', async (t) => {
  const at = await receiver(t, '--respond', '404')
  await post(at.hook, lead('Ada'))
  await post(at.hook, lead('Ada'))
  const one = await newest(await open(t, at), 2)
  await one.getByText(/a 4xx is final and not retried/).waitFor()
})

test('what was answered is there, its body too', async (t) => {
  const at = await receiver(t, '--respond', '200(body=hello)')
  await post(at.hook, lead('Ada'))
  const one = await newest(await open(t, at))
  await one.getByText('Answer 200').waitFor()
  assert.equal(await one.getByRole('group', { name: 'Body of the answer', exact: true }).textContent(), 'hello')
})

test('it is saved byte for byte', async (t) => {
  const at = await receiver(t)
  const body = Buffer.from([...Buffer.from('{"event": "'), 0xff, 0, 0x0d, ...Buffer.from('"}')])
  await post(at.hook, body)
  const page = await open(t, at)
  const one = await newest(page)
  const [download] = await Promise.all([page.waitForEvent('download'), one.getByRole('button', { name: 'Save' }).first().click()])
  assert.match(download.suggestedFilename(), /^[0-9a-f]+-1\.body$/)
  assert.deepEqual(await readFile(await download.path()), body)
})

test('the secret is nowhere in the page', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at)
  await newest(page)
  await becomes(page, () => document.querySelector('.verdict-line strong')?.textContent, 'verified')
  assert.ok(!(await page.content()).includes(SECRET))
})
