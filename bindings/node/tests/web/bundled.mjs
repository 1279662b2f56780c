// A bundle as the build of an edge runtime makes it.
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

/** The worker as one text, for these conditions. */
export async function bundled(conditions, format) {
  const entryPoints = [fileURLToPath(new URL('worker.mjs', import.meta.url))]
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format, conditions, target: 'es2022', logLevel: 'error' })
  return outputFiles[0].text
}
