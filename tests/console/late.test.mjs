// Answers that come late, in another order, or not at all.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { becomes, lead, open, post, receiver, rows, shows } from './support.mjs'
import { screen } from './webhooks-screen.mjs'

/** Holds back the first answer at a path: what resolves once it was asked for, and what lets it go and waits for it. */
async function held(page, path) {
  let isFirst = true
  let release
  const released = new Promise((resolve) => (release = resolve))
  let ended
  const end = new Promise((resolve) => (ended = resolve))
  const asked = new Promise((resolve) => {
    page.route(path, async (route) => {
      if (!isFirst) return route.continue()
      isFirst = false
      resolve()
      await released
      await route.continue().catch(() => {})
      ended()
    })
  })
  const letGo = async () => {
    const answered = page.waitForResponse(path, { timeout: 5_000 }).catch(() => {})
    release()
    await Promise.all([end, answered])
  }
  return { asked, letGo }
}

const refused = (route) => route.fulfill({ status: 500, json: { error: { code: 'journal_failed', message: 'the store is full' } } })

test('the late answer about one request changes nothing about the next', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  await post(at.hook, lead('Eve'))
  const page = await open(t, at)
  await shows(page, 2)
  const { asked, letGo } = await held(page, /requests\/\w+-1$/)
  await rows(page).last().click()
  await asked
  await rows(page).first().click()
  const current = () => document.querySelector('.timeline [aria-current]')?.hash.split('-').at(-1)
  await becomes(page, current, '2')
  await letGo()
  await post(at.hook, lead('Eve'))
  await page.getByText('2 attempts, ').waitFor()
  await becomes(page, current, '2')
})

test('a filter that is taken back before it is answered is not in force', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  await post(at.hook, lead('Eve'), { 'x-chatislav-signature': '' })
  const page = await open(t, at)
  await shows(page, 2)
  const { asked, letGo } = await held(page, /requests\?filter=status%3A401/)
  await page.getByLabel('Filter').fill('status:401')
  await asked
  await page.getByLabel('Filter').press('Escape')
  await letGo()
  await post(at.hook, lead('Grace'))
  await shows(page, 3)
  assert.match(page.url(), /#\/$/)
})

test('older requests are shown once, and not after somebody turned away', async (t) => {
  const at = await receiver(t)
  for (let number = 0; number < 310; number += 1) await post(at.hook, lead(`number ${number}`))
  const page = await open(t, at, { refusals: ['lost'] })
  await shows(page, 300)
  const older = page.getByRole('button', { name: 'Older requests' })
  const first = await held(page, /[?&]before=/)
  await older.click()
  await first.asked
  await page.keyboard.press('f')
  await first.letGo()
  await page.getByRole('button', { name: 'Following' }).waitFor()
  await shows(page, 300)

  await older.dblclick()
  await shows(page, 10)
  await page.getByRole('button', { name: 'Newer requests' }).click()
  await shows(page, 300)
  await page.getByRole('button', { name: 'Newer requests' }).waitFor({ state: 'hidden' })

  await at.stop()
  await older.click()
  await page.getByText('the receiver cannot be reached').waitFor()
})

test('requests that could not be forgotten are told, stay, and the word of it stays too', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at, { refusals: [500] })
  await shows(page, 1)
  await page.route(/requests$/, refused)
  await page.getByRole('button', { name: 'Clear…' }).click()
  await page.getByRole('button', { name: 'Forget all' }).click()
  await page.getByText('the store is full').waitFor()
  await shows(page, 1)
  await page.keyboard.press('j')
  for (let time = 1; time <= 4; time += 1) {
    await page.keyboard.press('y')
    await becomes(page, () => document.querySelectorAll('.toast').length, Math.min(time + 1, 3))
  }
  await page.getByText('the store is full').waitFor()
})

test('a page that nobody looks at tells its owner all the same', async (t) => {
  const at = await receiver(t)
  const hidden = () => {
    globalThis.told = []
    globalThis.Notification = class {
      static permission = 'granted'
      constructor(title) {
        globalThis.told.push(title)
      }
    }
    localStorage.setItem('chatislav.notify', 'on')
    // As in a hidden tab, there are no frames.
    globalThis.requestAnimationFrame = () => 1
  }
  const page = await open(t, at, { init: hidden })
  await page.getByRole('button', { name: 'Notify' }).waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  await post(at.hook, lead('Eve'), { 'x-chatislav-signature': '' })
  await page.waitForFunction(() => globalThis.told.length > 0, undefined, { polling: 100 })
  assert.deepEqual(await page.evaluate(() => globalThis.told), ['Refused: signature_missing'])
})

test('a replay is sent once, however often somebody presses, and leads to what came of it', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at)
  await shows(page, 1)
  await page.keyboard.press('j')
  await page.keyboard.press('r')
  const dialog = page.getByRole('dialog')
  const { asked, letGo } = await held(page, /replay$/)
  await dialog.getByRole('button', { name: 'Send again' }).click()
  await dialog.getByText('Sending…').waitFor()
  await asked
  await dialog.getByRole('button', { name: 'Send again' }).click()
  await letGo()
  await dialog.getByText('Answered 200').waitFor()
  await dialog.getByRole('link', { name: /^Show \w+-2$/ }).waitFor()
  await shows(page, 2)

  // What is refused before its body is read has no delivery: there is nothing to show, and nothing else is shown.
  await dialog.getByLabel('Method').fill('GET')
  const looked = page.waitForResponse(/filter=delivery/)
  await dialog.getByRole('button', { name: 'Send edited' }).click()
  await dialog.getByText('Answered 405').waitFor()
  await looked.then((response) => response.finished())
  await shows(page, 3)
  assert.equal(await dialog.getByRole('link').count(), 0)
})

test('a plan is put in force by Enter, though its preview is not there yet', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at)
  const plan = page.locator('.plan input')
  await becomes(page, () => document.querySelector('.plan input')?.value, '200')
  const { asked, letGo } = await held(page, '**/plan/preview')
  await plan.fill('503x2,200')
  await plan.press('Enter')
  await asked
  await letGo()
  await page.getByText('In force: 503x2,200').waitFor()
})

test('a plan that is typed before the one in force is known stays', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at, { place: '/verify' })
  await page.getByRole('tab').first().waitFor()
  const { asked, letGo } = await held(page, /v1\/plan$/)
  await page.getByRole('link', { name: 'Requests' }).click()
  await asked
  await page.locator('.plan input').fill('404')
  await letGo()
  await page.getByRole('button', { name: 'flaky' }).waitFor()
  assert.equal(await page.locator('.plan input').inputValue(), '404')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.getByText('In force: 404').waitFor()
})

test('a sample that comes late does not overwrite what somebody has written', async (t) => {
  const { page, json } = await screen(t, ['--respond', '200'])
  const { asked, letGo } = await held(page, '**/sample')
  await page.getByRole('button', { name: 'Fresh sample' }).click()
  await asked
  await json.fill('{"event": "mine"}')
  await letGo()
  await page.getByText('valid JSON, event mine.').waitFor()
  assert.equal(await json.inputValue(), '{"event": "mine"}')
})

test('a secret is made once, however often somebody presses', async (t) => {
  const { page } = await screen(t, ['--unsigned'])
  const { asked, letGo } = await held(page, '**/settings/secret')
  await page.getByRole('button', { name: 'Generate', exact: true }).click()
  await asked
  await page.getByRole('button', { name: 'Generate', exact: true }).click()
  await letGo()
  await page.getByLabel('New secret').waitFor()
  await becomes(page, () => document.activeElement.ariaLabel, 'New secret')
  assert.equal(await page.getByText('were changed elsewhere').count(), 0)
})

test('with the link of the next receiver, the page shows that one, while it still looks for the last', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  await post(at.hook, lead('Eve'))
  const page = await open(t, at, { refusals: [401, 'lost'] })
  await shows(page, 2)
  // Nothing is asked of its own accord from here on, so the page has yet to hear of a wrong token.
  await page.clock.install()
  await page.clock.pauseAt(Date.now() + 1000)
  await at.stop()
  await page.getByText('Reconnecting', { exact: true }).waitFor()
  const ports = [at.url, at.console].map((url) => new URL(url).port)
  const again = await receiver(t, '--port', ports[0], '--console-port', ports[1])
  await post(again.hook, lead('Grace'))
  await page.evaluate((link) => location.assign(link), again.link())
  await page.clock.resume()
  await shows(page, 1)
  await post(again.hook, lead('Mary'))
  await shows(page, 2)
})

test('a screen that nothing streams to says when the receiver is gone', async (t) => {
  const { page, at, save } = await screen(t, ['--respond', '200'], { refusals: ['lost'] })
  await page.getByText('Live', { exact: true }).waitFor()
  await at.stop()
  await page.getByLabel('Timeout (seconds)').fill('7')
  await save.click()
  await page.getByText('Not connected', { exact: true }).waitFor()
})
