import type { BootEvent } from '@bootcast/boot'

const mostAddresses = 65_536

/** Whose address it is: TFTP and files know the address only. Told by DHCP and by the script; the last word counts. */
export class AddressBook {
  readonly #macs = new Map<string, string>()

  macOf(address: string | undefined): string | undefined {
    return address === undefined ? undefined : this.#macs.get(address)
  }

  /** Takes in what an event says of addresses. */
  learn(event: BootEvent): void {
    const address = addressIn(event)
    if (address !== undefined && 'mac' in event && event.mac !== undefined) this.#set(address, event.mac)
  }

  #set(address: string, mac: string): void {
    if (this.#macs.get(address) === mac) return
    this.#macs.delete(address)
    const [oldest] = this.#macs.keys()
    if (this.#macs.size >= mostAddresses && oldest !== undefined) this.#macs.delete(oldest)
    this.#macs.set(address, mac)
  }
}

type Kinds = { readonly [K in BootEvent['kind']]: Extract<BootEvent, { readonly kind: K }> }
type Tells = { readonly [K in BootEvent['kind']]?: (event: Kinds[K]) => string | undefined }

const tells: Tells = {
  lease: ({ leased }) => leased,
  request: ({ wanted }) => wanted,
  discover: ({ address }) => address,
  // Behind NAT many machines come from one address, which then says nothing.
  asked: ({ address, from }) => (address === undefined || address === from ? from : undefined),
}

function addressIn(event: BootEvent): string | undefined {
  return (tells[event.kind] as ((event: BootEvent) => string | undefined) | undefined)?.(event)
}
