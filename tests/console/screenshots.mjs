// The README's pictures of the page: a receiver, some traffic, and one picture for each theme.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

import { chromium } from 'playwright-core'

import { small } from './picture.mjs'

const { CHATISLAV_BIN, CHROMIUM } = process.env
const [folder] = process.argv.slice(2)
const SECRET = 'c2b8a1f07d5e4c3990ab61f2d4e8775319f0c6b2a48d7e5fb3c1d09e8a7f6b54'

const runtime = await mkdtemp(join(tmpdir(), 'chatislav-pictures-'))
const env = { PATH: process.env.PATH, HOME: runtime, XDG_RUNTIME_DIR: runtime, CHATISLAV_WEBHOOK_SECRET: SECRET }
const receiver = spawn(CHATISLAV_BIN, ['listen', '--respond', '503x2,200', '--port', '4180', '--console-port', '4181', '--output', 'json'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
const ready = await new Promise((resolve) => createInterface({ input: receiver.stdout }).once('line', (line) => resolve(JSON.parse(line))))

const send = (event, ...more) =>
  promisify(execFile)(CHATISLAV_BIN, ['send', event, '--to', `${ready.url}/hook`, '--allow-local', '--time-scale', '60', '--retry-schedule', '8s,20s', '--output', 'quiet', ...more], { env }).catch(() => {})

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-lcd-text'] })
try {
  await send('conversation_summary', '--seed', '1')
  await send('lead_collection', '--seed', '2')
  await send('lead_collection', '--seed', '3', '--method', 'PUT')
  await send('conversation_summary', '--seed', '4', '--tamper', 're-serialise')
  await send('lead_collection', '--seed', '5')
  await send('conversation_summary', '--seed', '6', '--unsigned')
  await send('conversation_summary', '--seed', '7')
  await send('lead_collection', '--seed', '8', '--secret', 'an old secret')
  await send('lead_collection', '--seed', '9')
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme })
    await page.goto(`${ready.console}/#token=${ready.token}`)
    await page.locator('.rows tr').nth(18).waitFor()
    await page.locator('.rows tbody a').first().click()
    await page.getByText('Chatislav tries again').first().waitFor()
    await page.keyboard.press('f')
    const png = await small(await browser.newPage(), await page.screenshot())
    await writeFile(join(folder, `console-${colorScheme}.png`), png)
  }
} finally {
  await browser.close()
  receiver.kill()
  await rm(runtime, { recursive: true, force: true })
}
