// The screen of what arrived.

export function mount(root, app) {
  return { title: 'Requests', show() { app.connection('open') }, hide() {} }
}
