// Everything by keyboard alone, and nothing destructive on one key.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { becomes, clipboard, lead, open, post, receiver, shows } from './support.mjs'

const focusedRow = () => document.activeElement.closest('tr')?.cells[1].textContent
const chosenRow = () => document.querySelector('.rows tr.chosen')?.cells[1].textContent

test('a whole visit without a mouse', async (t) => {
  const at = await receiver(t)
  for (const event of ['one', 'two', 'three']) await post(at.hook, `{"event": "${event}"}`)
  await post(at.hook, lead('Ada'), { 'x-chatislav-signature': '' })
  const page = await open(t, at)
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await shows(page, 4)

  await press('j')
  await becomes(page, focusedRow, 'POST /hook')
  await press('ArrowDown', 'j', 'k')
  await becomes(page, focusedRow, 'three')
  await press('Enter')
  await page.getByRole('heading', { name: 'three' }).waitFor()
  await press('k')
  await page.getByRole('heading', { name: 'POST /hook' }).waitFor()
  await becomes(page, chosenRow, 'POST /hook')

  await press('c')
  await page.getByText(/^Copied .* as curl/).waitFor()
  assert.match(await clipboard(page), /curl -X POST/)
  await press('d', 'j', 'd')
  await page.getByText('What became of it').waitFor()

  await press('r')
  await page.getByRole('dialog').getByText('The captured bytes are sent.').waitFor()
  await press('Enter')
  await page.getByText('Answered 200').waitFor()
  await press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await shows(page, 5)

  await press('Escape')
  await becomes(page, () => location.hash, '#/')
  await press('/')
  await page.keyboard.type('status:599')
  await page.getByText('No request matches').waitFor()
  await press('Escape')
  await shows(page, 5)
  await press('Escape', 'p', 'Control+a')
  await page.keyboard.type('404')
  await page.getByRole('button', { name: 'Apply' }).and(page.locator(':enabled')).waitFor()
  await press('Enter')
  await page.getByText('In force: 404').waitFor()
  await press('Escape', '?')
  await page.getByRole('dialog', { name: 'Keys' }).getByText('mark it to compare, then compare').waitFor()
  await press('Escape', 'g', 'v')
  await becomes(page, () => location.hash, '#/verify')
  await press('g', 'r')
  await becomes(page, () => location.hash, '#/')
})

test('letters are text where text is written, and can be turned off as commands', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at, { refusals: [400] })
  await shows(page, 1)
  await page.keyboard.press('/')
  await page.keyboard.type('jkrcd?p')
  assert.equal(await page.getByLabel('Filter').inputValue(), 'jkrcd?p')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.getByLabel('Keys of one letter are commands').uncheck()
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  assert.equal(await page.evaluate(focusedRow), undefined)
  await page.keyboard.press('ArrowDown')
  await becomes(page, focusedRow, 'lead_collection')
})

test('no single key sends or forgets anything', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at)
  await shows(page, 1)
  await page.keyboard.press('j')
  const sent = []
  page.on('request', (request) => request.method() === 'GET' || /preview$/.test(request.url()) || sent.push(`${request.method()} ${request.url()}`))
  for (const key of ['Enter', 'Delete', 'Backspace', ...'abcdefghijklmnoqstuvwxyz', ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ', ...'0123456789.,;:-_#+*!']) {
    await page.keyboard.press(key)
    await page.keyboard.press('j')
  }
  await page.keyboard.press('r')
  await page.getByRole('dialog').waitFor()
  assert.deepEqual(sent, [])
})

test('focus can be seen, and goes through the page in its order', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at)
  await shows(page, 1)
  await page.getByRole('button', { name: 'flaky' }).waitFor()
  const order = []
  for (let step = 0; step < 40; step += 1) {
    await page.keyboard.press('Tab')
    const seen = await page.evaluate(() => {
      const element = document.activeElement
      if (element === document.body) return null
      const [own, after] = [getComputedStyle(element), getComputedStyle(element, '::after')]
      const isSeen = [own, after].some((style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0)
      return { name: element.ariaLabel ?? element.textContent.trim().slice(0, 30), isSeen }
    })
    if (seen === null) break
    assert.ok(seen.isSeen, `the focus on ${seen.name} is not seen`)
    order.push(seen.name)
  }
  const at_ = (name) => order.findIndex((each) => each.startsWith(name))
  const places = ['Skip to the screen', 'Requests', 'Theme', 'flaky', 'Following', 'verified'].map(at_)
  assert.ok(!places.includes(-1), String(order))
  assert.deepEqual(places, places.toSorted((a, b) => a - b), String(order))
})
