import { connect, createServer } from 'node:net'

/*
 * Run in a network namespace: what comes in at a port goes to a socket in the file system, which all namespaces see.
 *
 *     node relay.ts PORT SOCKET
 */
const [port = '', socket = ''] = process.argv.slice(2)

createServer((client) => {
  const server = connect(socket)
  client.pipe(server).pipe(client)
  client.on('error', () => server.destroy())
  server.on('error', () => client.destroy())
}).listen(Number(port), () => process.stdout.write('ready\n'))
