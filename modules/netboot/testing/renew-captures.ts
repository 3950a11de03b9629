// Writes the golden decodings beside the captures anew: `node modules/netboot/testing/renew-captures.ts`. Read the diff.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodedCapture } from './decoding.ts'

const folder = join(import.meta.dirname, '../captures')
for (const name of readdirSync(folder).filter((one) => one.endsWith('.pcap'))) {
  writeFileSync(
    join(folder, name.replace(/\.pcap$/, '.txt')),
    decodedCapture(readFileSync(join(folder, name))),
  )
}
