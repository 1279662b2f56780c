// The addon, or an error that says what to do. What is generated beside it speaks of npm alone.
try {
  module.exports = require('./index.cjs')
} catch (cause) {
  throw new Error(
    `chatislav-webhooks has no addon for ${process.platform} ${process.arch} here: install it anew on this machine, ` +
      'or import from "chatislav-webhooks/web" and write `await` before verify',
    { cause },
  )
}
