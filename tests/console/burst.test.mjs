// A burst: every control answers while it runs, and the page never holds more than it shows.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'

import { becomes, lead, open, post, receiver, rows, SECRET, shows } from './support.mjs'

const newest = () => Number(document.querySelector('.rows tbody a')?.hash.split('-').at(-1) ?? 0)

/** As many as a sender can, until it is told to end. */
function burst(t, at) {
  const child = spawn(process.env.CHATISLAV_BIN, ['load', 'lead_collection', '--to', at.hook, '--rate', '5000', '--for', '10m', '--secret', SECRET, '--allow-local', '--output', 'quiet'], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const end = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(end)
  return { end }
}

test('every control answers while five thousand a second are asked for', async (t) => {
  const at = await receiver(t)
  await post(at.hook, lead('Ada'))
  const page = await open(t, at)
  await shows(page, 1)
  await page.evaluate(() => {
    new MutationObserver(() => (globalThis.rendered = (globalThis.rendered ?? 0) + 1)).observe(document.querySelector('.rows table'), { childList: true, subtree: true, characterData: true })
    const frame = () => requestAnimationFrame(frame, (globalThis.frames_ = (globalThis.frames_ ?? 0) + 1))
    frame()
  })
  const { end } = burst(t, at)
  await becomes(page, () => document.querySelectorAll('.rows tbody tr').length, 300)

  const before = await page.evaluate(newest)
  await page.getByRole('button', { name: 'Clear…' }).click()
  await page.getByRole('button', { name: 'Keep them' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Theme/ }).click()
  await page.getByRole('button', { name: 'Theme: light' }).waitFor()
  await page.getByRole('button', { name: 'down' }).click()
  await page.getByText('In force: down').waitFor()
  await page.getByRole('button', { name: 'flaky' }).click()
  await page.getByText('In force: flaky').waitFor()
  await becomes(page, (before) => Number(document.querySelector('.rows tbody a')?.hash.split('-').at(-1) ?? 0) > before, true, before)

  await page.getByRole('button', { name: 'Following' }).click()
  await page.getByRole('button', { name: /new, follow/ }).waitFor()
  await rows(page).nth(2).click()
  await page.getByRole('heading', { name: 'lead_collection' }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByLabel('Filter').fill('status:503')
  await page.waitForURL(/filter=status%3A503$/)
  await becomes(page, () => [...new Set([...document.querySelectorAll('.rows td.status')].map((cell) => cell.textContent))], ['503'])
  assert.ok((await rows(page).count()) <= 300)
  const [drawn, frames] = await page.evaluate(() => [globalThis.rendered, globalThis.frames_])
  assert.ok(drawn <= frames + 20, `${drawn} changes of the list in ${frames} frames`)
  await end()
})
