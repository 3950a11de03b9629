import type { ChildProcess } from 'node:child_process'
import { copyFile, open, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DebianFiles } from '../../../tools/deployer/debian-files.ts'
import { type Firmware, type FirmwareName, firmwares } from './firmwares.ts'
import { Keyboard } from './keyboard.ts'
import { scratchDirectory } from './lab-run.ts'
import type { LabNetwork } from './network.ts'
import { end, startInside } from './processes.ts'
import { SerialConsole } from './serial-console.ts'

export type MachineOrder = {
  readonly network: LabNetwork
  readonly firmware: FirmwareName
  /** 1 to 255: its hardware address is 52:54:00:b0:07:xx. */
  readonly number: number
  /** When the usual memory of its kind is not enough. */
  readonly memoryMiB?: number
  /** A disk, after the network in the order of booting. `isFilled`: with bytes of somebody else. */
  readonly disk?: { readonly sizeMiB: number; readonly isFilled?: boolean }
  /** With a graphics card, for pictures. */
  readonly screen?: true
}

/** An emulated machine, switched on; it boots from its network card and from nothing else. */
export class Machine implements AsyncDisposable {
  readonly order: MachineOrder
  readonly firmware: Firmware
  readonly mac: string
  readonly uuid: string
  readonly serialNumber: string
  readonly console: SerialConsole
  /** Of the emulated keyboard: SeaBIOS hangs when keys come by the serial port while iPXE draws. */
  readonly keyboard: Keyboard
  readonly #home: string
  readonly #tap: string
  #qemu: ChildProcess | undefined
  #complaint = ''

  private constructor(order: MachineOrder, home: string) {
    const hex = order.number.toString(16).padStart(2, '0')
    this.order = order
    this.firmware = firmwares[order.firmware]
    this.mac = macOf(order.number)
    this.uuid = `b007ca57-0000-4000-8000-525400b007${hex}`
    this.serialNumber = `LAB-${hex}`
    this.console = new SerialConsole(join(home, 'serial'))
    this.keyboard = new Keyboard(join(home, 'monitor'))
    this.#home = home
    this.#tap = `tap${order.number}`
  }

  static async start(order: MachineOrder): Promise<Machine> {
    await using started = new AsyncDisposableStack()
    const machine = started.use(new Machine(order, scratchDirectory()))
    await machine.#switchOn()
    started.move()
    return machine
  }

  /** Everything that went over its network card. */
  get capture(): string {
    return join(this.#home, 'network.pcap')
  }

  async #switchOn(): Promise<void> {
    const { qemu, variablesTemplate, script } = this.firmware
    const files = { variables: join(this.#home, 'variables.fd'), script: join(this.#home, 'first.ipxe') }
    if (variablesTemplate !== undefined) await copyFile(variablesTemplate, files.variables)
    if (script !== undefined) {
      await writeFile(files.script, script)
      await symlink(await iPxeAsKernel(), `${files.script}.lkrn`)
    }
    await writeFile(join(this.#home, 'serial'), '')
    await this.#makeDisk()
    await this.order.network.addTap(this.#tap)
    const args = [...this.firmware.args(files), ...this.#devices()]
    const child = startInside(this.order.network.server, qemu, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#qemu = child
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-2000)
    })
    child.on('error', (error) => this.console.end(`QEMU did not start: ${error.message}`))
    child.on('close', (code) =>
      this.console.end(`the machine is off (QEMU: ${code} ${this.#complaint})`.trim()),
    )
  }

  async #makeDisk(): Promise<void> {
    const { disk } = this.order
    if (disk === undefined) return
    const file = await open(this.#disk, 'wx')
    await file.truncate(disk.sizeMiB * 2 ** 20)
    if (disk.isFilled === true) await file.write(Buffer.alloc(2 ** 20, 'precious '), 0, 2 ** 20, 0)
    await file.close()
  }

  get #disk(): string {
    return join(this.#home, 'disk.raw')
  }

  #devices(): readonly string[] {
    // vnet_hdr=off: complete checksums, and captures without a header of QEMU's before each packet.
    const tap = `tap,id=net0,ifname=${this.#tap},script=no,downscript=no,vnet_hdr=off`
    const rom = this.firmware.iPxeRom ? '' : ',romfile='
    return [
      ...[
        '-m',
        String(this.order.memoryMiB ?? this.firmware.memoryMiB),
        '-nodefaults',
        '-no-user-config',
        '-display',
        'none',
      ],
      ...['-netdev', tap, '-device', `virtio-net-pci,netdev=net0,mac=${this.mac},bootindex=1${rom}`],
      ...['-object', `filter-dump,id=dump,netdev=net0,file=${this.capture}`],
      ...(this.order.disk === undefined
        ? []
        : [
            ...['-drive', `if=none,id=disk0,format=raw,cache=unsafe,file=${this.#disk}`],
            ...['-device', 'virtio-blk-pci,drive=disk0,bootindex=2'],
          ]),
      ...['-serial', `file:${join(this.#home, 'serial')}`],
      ...['-monitor', `unix:${this.keyboard.monitor},server=on,wait=off`],
      ...(this.order.screen === true ? ['-device', 'VGA'] : []),
      ...[
        '-smbios',
        `type=1,manufacturer=Bootcast,product=Lab ${this.order.firmware},serial=${this.serialNumber}`,
      ],
      ...['-uuid', this.uuid],
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#qemu !== undefined) {
      await end(this.#qemu)
      await this.order.network.removeTap(this.#tap)
    }
    await rm(this.#home, { recursive: true, force: true })
  }
}

export function macOf(number: number): string {
  return `52:54:00:b0:07:${number.toString(16).padStart(2, '0')}`
}

async function iPxeAsKernel(): Promise<string> {
  const place = await new DebianFiles('amd64').unpacked('ipxe', async () => 'ipxe', ['./boot/ipxe.lkrn'])
  return join(place, 'boot/ipxe.lkrn')
}
