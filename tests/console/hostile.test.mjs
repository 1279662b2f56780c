// Bodies of strangers: shown, never run, and the page lives on.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'

import { becomes, open, post, receiver, rows, shows } from './support.mjs'

const detailOf = (page) => page.getByRole('region', { name: 'One request' })
const shownIn = (page) => page.getByRole('group', { name: 'Body', exact: true })

async function look(t, body, headers) {
  const at = await receiver(t)
  await post(at.hook, body, headers)
  const page = await open(t, at)
  await shows(page, 1)
  await rows(page).first().click()
  await shownIn(page).waitFor()
  return { at, page, shown: shownIn(page), raw: () => page.getByRole('button', { name: 'raw' }).click() }
}

const MARKUP = '</textarea></pre><script>window.wasRun = 1</script><img src=x onerror="window.wasRun = 1"><svg onload="window.wasRun = 1"><a href="javascript:window.wasRun = 1">'

test('markup is text wherever it stands', async (t) => {
  const body = JSON.stringify({ event: MARKUP, data: { [MARKUP]: MARKUP } })
  const { page, shown } = await look(t, body, { 'x-markup': MARKUP })
  assert.ok((await shown.innerText()).includes('<script>window.wasRun = 1</script>'))
  await page.getByRole('table', { name: 'Headers' }).getByText('<script>window.wasRun').waitFor()
  await page.getByRole('button', { name: 'Replay…' }).click()
  assert.equal(await page.getByLabel('Body', { exact: true }).last().inputValue(), body)
  await page.keyboard.press('Escape')
  assert.equal(await page.evaluate(() => window.wasRun), undefined)
  assert.equal(await page.locator('.detail script, .detail img, .detail svg, .rows script').count(), 0)
})

test('what turns, hides or ends text is shown as what it is', async (t) => {
  const body = '{"event": "e", "data": "a\u202eb\u2066c\u200bd\ufeffe", "ansi": "\\u001b[31mred", "nul": "\\u0000", "lone": "x"}'
  const { shown, raw } = await look(t, body)
  await raw()
  const text = await shown.innerText()
  for (const mark of ['a⟨202E⟩b', 'b⟨2066⟩c', 'c⟨200B⟩d', 'd⟨FEFF⟩e']) assert.ok(text.includes(mark), `${mark} in ${text}`)
  assert.ok(!/[\u202a-\u202e\u2066-\u2069\u200b\ufeff]/.test(text))
})

test('control characters and bytes that are no UTF-8 are marked in a raw body', async (t) => {
  const body = Buffer.concat([Buffer.from('a\x1b[31m\0\r\n\x7f'), Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80]), Buffer.from('é z')])
  const { page, shown } = await look(t, body)
  await page.getByText('not UTF-8', { exact: false }).first().waitFor()
  assert.equal(await shown.innerText(), 'a␛[31m␀␍\n␡\\xff\\xfe\\xc3(\\xed\\xa0\\x80é z')
})

test('an event name, a path and a header of the same kind stay in their place', async (t) => {
  const { page } = await look(t, '{"event": "a\u202e\\u001b[2Jb"}', { 'x-bidi': Buffer.from('x\u202ey', 'utf8').toString('latin1') })
  await becomes(page, () => document.querySelector('.rows td.event').textContent, 'a⟨202E⟩␛[2Jb')
  await page.getByRole('heading', { name: 'a⟨202E⟩␛[2Jb' }).waitFor()
})

test('five MiB on one line are shown piece by piece, in each view', async (t) => {
  const body = Buffer.from(`{"event": "long", "data": "${'x'.repeat(5 * 1024 * 1024)}"}`)
  const { page, shown, raw } = await look(t, body)
  const inPage = () => document.querySelector('.bytes').textContent.length
  for (const view of ['pretty', 'raw', 'hex']) {
    await page.getByRole('button', { name: view }).first().click()
    await becomes(page, () => document.querySelector('.bytes').textContent.length > 10_000, true)
    const length = await page.evaluate(inPage)
    assert.ok(length < 512 * 1024, `${view} put ${length} characters into the page at once`)
    await shown.getByRole('button', { name: 'Show more' }).scrollIntoViewIfNeeded()
    await becomes(page, (before) => document.querySelector('.bytes').textContent.length > before, true, length)
  }
  await raw()
  await page.getByLabel('Filter').fill('event:long')
  await shows(page, 1)
})

test('nothing but brackets, nothing but NULs, nothing at all', async (t) => {
  const at = await receiver(t)
  await post(at.hook, '['.repeat(1_000_000))
  await post(at.hook, Buffer.alloc(1024 * 1024))
  await post(at.hook, '')
  const page = await open(t, at)
  await shows(page, 3)
  await rows(page).nth(2).click()
  await page.getByText('977 KiB, not JSON').or(page.getByText('not JSON')).first().waitFor()
  assert.ok((await shownIn(page).innerText()).startsWith('[[[['))
  await rows(page).nth(1).click()
  await page.getByText('1.0 MiB, not JSON').waitFor()
  assert.ok((await shownIn(page).innerText()).startsWith('␀␀␀'))
  await rows(page).nth(0).click()
  await detailOf(page).getByText('0 B', { exact: true }).waitFor()
})

test('what is not HTTP is in the list too', async (t) => {
  const at = await receiver(t)
  const { hostname, port } = new URL(at.hook)
  await new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.end('GET <script>\u202e HTTP/1.1\r\nHost\r\n\r\n'))
    socket.on('close', resolve).resume()
  })
  const page = await open(t, at)
  await shows(page, 1)
  await rows(page).first().click()
  await detailOf(page).getByText('malformed', { exact: true }).waitFor()
})
