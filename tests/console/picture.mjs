// A screenshot as a small PNG: its 256 most frequent colours, which is more than the page has but for the edges of letters.
import { crc32, deflateSync } from 'node:zlib'

const COLOURS = 256

/** `blank` is a page that decodes; the answer is the PNG of another PNG. */
export async function small(blank, png) {
  const { width, height, palette, indexes } = await blank.evaluate(indexed, { png: png.toString('base64'), most: COLOURS })
  const pixels = Buffer.from(indexes, 'base64')
  const rows = Buffer.alloc(height * (width + 1))
  for (let row = 0; row < height; row += 1) pixels.copy(rows, row * (width + 1) + 1, row * width, (row + 1) * width)
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  // Eight bits a pixel, with a palette.
  head.set([8, 3], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('PLTE', Buffer.from(palette)), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

function chunk(type, data) {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(typed))
  return Buffer.concat([length, typed, sum])
}

/** Runs in the browser, which knows how to read a PNG. */
async function indexed({ png, most }) {
  const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (unit) => unit.charCodeAt(0))]))
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d')
  context.drawImage(bitmap, 0, 0)
  const { data } = context.getImageData(0, 0, width, height)
  const colourAt = (pixel) => (data[pixel * 4] << 16) | (data[pixel * 4 + 1] << 8) | data[pixel * 4 + 2]
  const counts = new Map()
  for (let pixel = 0; pixel < width * height; pixel += 1) counts.set(colourAt(pixel), (counts.get(colourAt(pixel)) ?? 0) + 1)
  const kept = [...counts].sort(([, a], [, b]) => b - a).slice(0, most).map(([colour]) => [colour >> 16, (colour >> 8) & 255, colour & 255])
  const nearest = new Map()
  const place = (colour) => {
    if (!nearest.has(colour)) {
      const distances = kept.map(([red, green, blue]) => (red - (colour >> 16)) ** 2 + (green - ((colour >> 8) & 255)) ** 2 + (blue - (colour & 255)) ** 2)
      nearest.set(colour, distances.indexOf(Math.min(...distances)))
    }
    return nearest.get(colour)
  }
  let indexes = ''
  for (let pixel = 0; pixel < width * height; pixel += 1) indexes += String.fromCharCode(place(colourAt(pixel)))
  return { width, height, palette: kept.flat(), indexes: btoa(indexes) }
}
