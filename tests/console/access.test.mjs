// For everybody: axe finds nothing, in both themes, narrow, enlarged, without motion.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { becomes, lead, open, post, receiver, rows, shows } from './support.mjs'

const AXE = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

async function axe(page, what) {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  assert.deepEqual(told, [], what)
}

/** Waits for what the screen of requests asks for beside the requests. */
async function isWhole(page) {
  await page.getByRole('button', { name: 'flaky' }).waitFor()
  await page.locator('.outcomes li').first().waitFor()
}

/** A receiver with a delivery of three attempts, a refused one and one that is odd. */
async function some(t) {
  const at = await receiver(t, '--respond', '503x2,200')
  for (let attempt = 0; attempt < 3; attempt += 1) await post(at.hook, lead('Ada'))
  await post(at.hook, lead('Eve'), { 'x-chatislav-signature': '' })
  await post(at.hook, Buffer.from('\0\xff\u202e', 'latin1'))
  return at
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing, ${colorScheme}`, async (t) => {
    const empty = await open(t, await receiver(t), { colorScheme })
    await empty.getByText('Nothing has arrived yet').waitFor()
    await empty.getByText('This receiver', { exact: true }).waitFor()
    await isWhole(empty)
    await axe(empty, 'empty')

    const at = await some(t)
    const page = await open(t, at, { colorScheme, refusals: [400] })
    await shows(page, 5)
    await page.getByText('This receiver', { exact: true }).waitFor()
    await isWhole(page)
    await axe(page, 'the list')
    await page.getByRole('button', { name: 'Clear…' }).click()
    await axe(page, 'a question')
    await page.keyboard.press('Escape')
    for (const index of [0, 1, 3]) {
      const place = await rows(page).nth(index).getByRole('link').getAttribute('href')
      await rows(page).nth(index).click()
      await page.locator(`.timeline a[aria-current][href="${place}"]`).waitFor()
      await axe(page, `request ${index}`)
    }
    await page.getByRole('link', { name: 'compare with attempt 1' }).click()
    await page.getByText('Nothing is different').waitFor()
    await axe(page, 'a comparison')
    await page.getByRole('button', { name: 'Back to the request' }).click()
    await page.getByRole('button', { name: 'Replay…' }).click()
    await axe(page, 'a replay')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await axe(page, 'the keys')
    await page.keyboard.press('Escape')
    await page.locator('.plan input').fill('5')
    await page.getByLabel('Filter').fill('status:x')
    await page.locator('.plan input[aria-invalid]').waitFor()
    await page.locator('.filter input[aria-invalid]').waitFor()
    await axe(page, 'two faults')

    const asked = await open(t, at, { colorScheme, link: `${at.console}/` })
    await asked.getByText('needs its token').waitFor()
    await axe(asked, 'the token')
  })
}

test('light and dark go after the system, or as somebody chose', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at, { colorScheme: 'dark' })
  const ground = () => getComputedStyle(document.body).backgroundColor
  const dark = await page.evaluate(ground)
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await page.evaluate(ground)
  assert.notEqual(light, dark)
  await page.getByRole('button', { name: 'Theme: system' }).click()
  await page.getByRole('button', { name: 'Theme: light' }).click()
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor()
  assert.equal(await page.evaluate(ground), dark)
  await page.reload()
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor()
  assert.equal(await page.evaluate(ground), dark)
  await page.getByRole('button', { name: 'Theme: dark' }).click()
  assert.equal(await page.evaluate(ground), light)
})

const SIZES = { '400 px wide': { width: 400, height: 800 }, '200 % of 1280 px': { width: 640, height: 400 } }

for (const [name, viewport] of Object.entries(SIZES)) {
  test(`usable ${name}`, async (t) => {
    const page = await open(t, await some(t), { viewport })
    await shows(page, 5)
    await isWhole(page)
    const overflow = () => document.documentElement.scrollWidth - innerWidth
    assert.ok((await page.evaluate(overflow)) <= 0, 'the list is wider than the window')
    for (const button of await page.getByRole('button').all()) {
      const box = await button.boundingBox()
      assert.ok(box === null || (box.x >= 0 && box.x + box.width <= viewport.width), `${await button.textContent()} is outside`)
    }
    await rows(page).nth(2).click()
    await page.getByRole('heading', { name: 'lead_collection' }).waitFor()
    await page.locator('.timeline li').first().waitFor()
    assert.ok((await page.evaluate(overflow)) <= 0, 'the request is wider than the window')
    assert.equal(await page.locator('.rows').isVisible(), false, 'one of the two is shown')
    await axe(page, name)
    await page.getByRole('button', { name: 'Replay…' }).click()
    await page.getByRole('button', { name: 'Send again' }).click()
    await page.getByText('Answered 200').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Back to the list' }).click()
    await shows(page, 6)
    await becomes(page, () => document.querySelector('.rows').checkVisibility(), true)
  })
}

test('nothing moves for who wants no motion', async (t) => {
  const at = await receiver(t)
  const page = await open(t, at, { reducedMotion: 'reduce' })
  await post(at.hook, lead('Ada'))
  await shows(page, 1)
  const moving = () => {
    document.querySelector('.connection').dataset.state = 'waiting'
    return document.getAnimations().length
  }
  assert.equal(await page.evaluate(moving), 0)
})

test('a screen reader hears the page in its order', async (t) => {
  const page = await open(t, await some(t))
  await shows(page, 5)
  await rows(page).nth(2).click()
  await page.locator('.timeline li').first().waitFor()
  const landmarks = await page.evaluate(() => [...document.querySelectorAll('header.bar, nav, main, form[aria-label], search, section[aria-label], dialog')].map((each) => each.ariaLabel ?? each.localName))
  assert.deepEqual(landmarks, ['header', 'Screens', 'main', 'Plan', 'search', 'List of requests', 'One request', 'Delivery'])
  const headings = await page.locator('h1, h2, h3').evaluateAll((all) => all.map((each) => `${each.localName} ${each.textContent}`))
  assert.deepEqual(headings, ['h1 Requests', 'h2 lead_collection', 'h3 Delivery', 'h3 Body', 'h3 Headers', 'h3 Answer 200'])
  await becomes(page, () => document.getElementById('announcer').textContent, 'verified, lead_collection')
})
