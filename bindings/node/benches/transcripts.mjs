// Realistic conversation summaries of about a given size, in the sender's JSON style.

const TURNS = {
  plain: [
    ['user', 'Hi! I am moving to Lisbon in March and need a quote for a two-bedroom flat.'],
    ['assistant', 'Congratulations on the move! To give you an estimate I need the pick-up address and a rough inventory. ' +
      'Do you have a piano, large mirrors or anything else that needs special care?'],
    ['user', 'No piano, but about 30 boxes of books and a bicycle. Can you do the 14th?'],
  ],
  escaped: [
    ['user', 'Dzień dobry, przeprowadzam się z Łodzi do Krakowa i chciałbym wycenę. 🚚'],
    ['assistant', 'Świetnie! Proszę podać adres, piętro i przybliżoną listę mebli; wyślę ofertę jeszcze dziś.'],
    ['user', 'Trzecie piętro bez windy, około 30 pudeł książek i rower. Czy możliwy jest 14 marca?'],
  ],
}

/** Text as Python writes it: all but printable ASCII as escapes. */
function quoted(text) {
  return JSON.stringify(text).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function message(id, [role, content]) {
  return `{"id": ${id}, "role": ${quoted(role)}, "content": ${quoted(content)}, "created_at": "2026-06-23T11:58:00.000000"}`
}

/** Exactly so many bytes, 256 or more: as many messages as there is room for, then blanks. */
export function transcript(size, style = 'plain') {
  const start =
    '{"event": "conversation_summary", "summary": {"title": "Moving quote", "sentiment": "positive", "satisfaction": 0.9, ' +
    '"topics": ["moving"]}, "timestamp": "2026-06-23T12:00:00.000000", "messages": ['
  const messages = []
  let length = start.length + 2
  for (;;) {
    const next = message(messages.length, TURNS[style][messages.length % TURNS[style].length])
    length += next.length + (messages.length === 0 ? 0 : 2)
    if (length > size) break
    messages.push(next)
  }
  const body = `${start}${messages.join(', ')}]`
  return Buffer.from(`${body}${' '.repeat(size - body.length - 1)}}`)
}
