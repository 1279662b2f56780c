// A word on the desktop when a request is refused: asked for, and not too often.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { becomes, lead, open, post, receiver, shows } from './support.mjs'

/** The browser's own shows nothing without a desktop. The quiet after one ends when the test says so, by `endQuiet()`. */
const stubbed = () => {
  const start = globalThis.setTimeout
  globalThis.setTimeout = (act, wait, ...more) => (wait === 10_000 ? ((globalThis.endQuiet = act), 0) : start(act, wait, ...more))
  globalThis.told = []
  class Notification {
    static permission = 'default'
    static async requestPermission() {
      return (Notification.permission = 'granted')
    }
    constructor(title, { body }) {
      globalThis.told.push(`${title}: ${body}`)
      globalThis.last = this
    }
  }
  globalThis.Notification = Notification
}

test('only for who asked, only of a bad verdict, one at a time', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at, { init: stubbed })
  const told = () => globalThis.told
  await post(at.hook, lead('Eve'), { 'x-chatislav-signature': '' })
  await shows(page, 1)
  assert.deepEqual(await page.evaluate(told), [])

  await page.getByRole('button', { name: 'Notify', pressed: false }).click()
  await page.getByRole('button', { name: 'Notify', pressed: true }).waitFor()
  await post(at.hook, lead('Ada'))
  await shows(page, 2)
  assert.deepEqual(await page.evaluate(told), [])
  await post(at.hook, lead('Mallory'), { 'x-chatislav-signature': '0'.repeat(64) })
  const first = 'Refused: signature_mismatch: POST /hook'
  await becomes(page, told, [first])
  for (let more = 0; more < 20; more += 1) await post(at.hook, lead(`Mallory ${more}`), { 'x-chatislav-signature': '' })
  await shows(page, 23)
  assert.deepEqual(await page.evaluate(told), [first])
  await page.evaluate(() => globalThis.last.onclick())
  await page.getByRole('region', { name: 'One request' }).getByText('signature_mismatch', { exact: true }).waitFor()
  assert.match(page.url(), /#\/r\/\w+-3$/)

  const second = 'Refused: signature_missing: POST /hook, and 19 more'
  const endQuiet = () => globalThis.endQuiet()
  await page.evaluate(endQuiet)
  assert.deepEqual(await page.evaluate(told), [first, second])
  // Of a quiet in which nothing came nothing is said, and the next one is told at once.
  await page.evaluate(endQuiet)
  assert.deepEqual(await page.evaluate(told), [first, second])
  await post(at.hook, lead('Oscar'), { 'x-chatislav-signature': '' })
  await becomes(page, told, [first, second, 'Refused: signature_missing: POST /hook'])
})
