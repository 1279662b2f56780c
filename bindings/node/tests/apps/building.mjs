// Builds the Next.js application with one of its bundlers and starts it, as `next build` and `next start` do.
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { APPS, SECRET, Server } from './serving.mjs'

const run = promisify(execFile)

/**
 * @param environment `EXTERNAL: 'no'` builds without `serverExternalPackages`.
 * @param change what to do with the folder before it is built.
 */
export async function buildNext(bundler, environment = {}, change = () => {}) {
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
  const root = dirname(dirname(dirname(dirname(dirname(next)))))
  // Beside the tests, so that it finds the packages that they find.
  const folder = mkdtempSync(join(APPS, '..', `next-${bundler}-`))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    cpSync(join(APPS, 'next'), folder, { recursive: true })
    cpSync(join(APPS, 'behaviour.mjs'), join(folder, 'behaviour.mjs'))
    change(folder)
    // CI: or Next would install whatever it misses, and what a machine has would decide.
    const settings = { ROOT: root, CI: '1', NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', ...environment }
    const env = { ...process.env, ...settings, CHATISLAV_WEBHOOK_SECRET: SECRET }
    await run(process.execPath, [next, 'build', `--${bundler}`], { cwd: folder, env }).catch((failure) => {
      throw new Error(`next build failed:\n${failure.stdout}\n${failure.stderr}`)
    })
    const server = await Server.start([next, 'start', '--hostname', '127.0.0.1', '--port', '{port}'], settings, folder)
    const stop = server.stop.bind(server)
    server.stop = () => stop().finally(remove)
    return server
  } catch (failure) {
    remove()
    throw failure
  }
}
