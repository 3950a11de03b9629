// The two ends of a measurement: `serve` sends to each connection as many bytes as it asks for; `measure ADDRESS BYTES`
// prints as JSON how long the shortest of some connections took to make, and how long those bytes took.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { pipeline, Readable } from 'node:stream'

export type LineMeasured = { readonly rttMs: number; readonly seconds: number; readonly bytes: number }

const port = 9000
const attempts = 10
const patienceMs = 60_000
const [role, address = '', wanted = '0'] = process.argv.slice(2)

if (role === 'serve') serve()
else process.stdout.write(JSON.stringify(await measured(Number(wanted))))

function serve(): void {
  const piece = Buffer.alloc(65_536, 'x')
  createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (asked) => {
      let left = Number(asked)
      const bytes = new Readable({
        read() {
          const part = piece.subarray(0, left)
          left -= part.length
          this.push(part.length > 0 ? part : null)
        },
      })
      pipeline(bytes, socket, () => undefined)
    })
  }).listen(port, () => process.stdout.write('ready\n'))
}

async function measured(bytes: number): Promise<LineMeasured> {
  const times: number[] = []
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = performance.now()
    const socket = await connected()
    times.push(performance.now() - before)
    socket.destroy()
  }
  const socket = await connected()
  const before = performance.now()
  socket.write(String(bytes))
  let got = 0
  for await (const part of socket) got += (part as Buffer).length
  return { rttMs: Math.min(...times), seconds: (performance.now() - before) / 1000, bytes: got }
}

async function connected() {
  const socket = connect({ host: address, port, timeout: patienceMs })
  socket.once('timeout', () => socket.destroy(new Error(`nothing from ${address} for ${patienceMs} ms`)))
  await once(socket, 'connect')
  return socket
}
