// What stands there before anything has arrived works as it stands.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { becomes, open, receiver, SECRET, shows } from './support.mjs'

for (const mode of ['--secret', '--unsigned']) {
  test(`its lines for a shell send a request that is taken (${mode})`, async (t) => {
    const at = await receiver(t, ...(mode === '--unsigned' ? [mode] : []))
    const page = await open(t, at)
    await page.getByText('Nothing has arrived yet').waitFor()
    const lines = await page.locator('.command code').allTextContents()
    assert.deepEqual(lines.map((line) => line.split(' ')[0]), ['chatislav', 'curl'])
    for (const [index, line] of lines.entries()) {
      await page.getByRole('button', { name: 'Copy the command' }).nth(index).click()
      await becomes(page, () => navigator.clipboard.readText(), line)
    }
    const path = `${dirname(process.env.CHATISLAV_BIN)}:${process.env.PATH}`
    const env = { PATH: path, HOME: at.runtime, ...(mode === '--secret' && { CHATISLAV_WEBHOOK_SECRET: SECRET }) }
    for (const line of lines) await promisify(execFile)('bash', ['-c', line], { env })
    await shows(page, 2)
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.rows td.status')].map((cell) => cell.textContent)), ['200', '200'])
  })
}
