export default {
  serverExternalPackages: ['chatislav-webhooks'],
  // Where node_modules are, which is one folder up.
  turbopack: { root: process.env.ROOT },
  outputFileTracingRoot: process.env.ROOT,
}
