import type { Architecture } from './machine.ts'

/**
 * The port: where boot tells what happens to machines, as it happens. Whoever wants timelines implements it.
 * @see docs/decisions/0013-boot-timeline.md
 */
export interface BootJournal {
  /**
   * Takes note. Returns at once and never throws: no boot waits for its record or fails by it. When too much comes,
   * notes may be dropped. Texts from machines are bounded and made one line by the journal; what must never be in a
   * note: passwords, keys, query strings, URLs of files.
   */
  note(event: BootEvent): void
}

/** For who keeps no timelines. */
export const noJournal: BootJournal = { note: () => undefined }

/**
 * Which machine it happened to. `address` alone is enough once DHCP or the script has told whose address that is.
 * `boot`: the public id of the boot session, where one is known; never its key.
 */
type Who = { readonly mac?: string; readonly address?: string; readonly boot?: string }
/** The same where the machine has said who it is. */
type Mac = { readonly mac: string; readonly boot?: string }

type TftpPath = {
  /** Without a key and without a query; of a file of a release: its name. */
  readonly path: string
  /** `loader`, `autoexec`, or the name of another TFTP route; absent: nobody claims the path. */
  readonly route?: string
  /** Of a file of a release. */
  readonly digest?: string
}

/** `dhcp`: our own server; `proxy-dhcp`: beside another one; `pxe`: port 4011. */
export type HeardBy = 'dhcp' | 'proxy-dhcp' | 'pxe'

/** Something that happened to a machine, now. Times are taken by the journal. */
export type BootEvent =
  /** Asked for an address, or how to boot. */
  | (Mac & {
      readonly kind: 'discover'
      readonly via: HeardBy
      /** `HTTPClient`: UEFI HTTP Boot. */
      readonly vendorClass: 'PXEClient' | 'HTTPClient'
      /** The loader asks, or a network card that has iPXE in its ROM. */
      readonly isIpxe: boolean
      /** A row of the firmware table. */
      readonly firmware?: string
      readonly architecture?: Architecture
      readonly uuid?: string
      /** It has one already. */
      readonly address?: string
    })
  /** We offered or confirmed a boot file. */
  | (Mac & {
      readonly kind: 'offer'
      readonly via: HeardBy
      /** Our address. */
      readonly server: string
      /** A name for TFTP or a URL; empty: nothing to boot, an address only. */
      readonly file: string
      /** The address offered with it, by our own DHCP server. */
      readonly offered?: string
      /** It has to ask port 4011 for the file (PXE 2.1 §2.2). */
      readonly asksPort4011: boolean
    })
  /** A boot client got no boot file from us. */
  | (Mac & {
      readonly kind: 'ignored'
      readonly via: HeardBy
      readonly reason: string
      readonly detail?: string
    })
  /** Chose an address. `server`: whose offer it took, when it said so. */
  | (Mac & {
      readonly kind: 'request'
      readonly via: HeardBy
      readonly server?: string
      readonly wanted?: string
      readonly isIpxe: boolean
    })
  /** What another server told the machine; seen only when that was broadcast. */
  | (Mac & {
      readonly kind: 'other-offer'
      readonly server: string
      /** The address it gives. */
      readonly offered?: string
      /** The boot file it names. */
      readonly file?: string
      /** Where that file is. */
      readonly fileServer?: string
      /** It answers as a server for PXE or HTTP Boot, and firmware prefers such an answer. */
      readonly isBootServer?: boolean
    })
  /** Our DHCP server gave the address, durably. */
  | (Mac & { readonly kind: 'lease'; readonly leased: string })
  /** Our DHCP server refused the address that was asked for. */
  | (Mac & { readonly kind: 'address-refused'; readonly why: string })
  /** A DHCP client with the same hardware address that does not boot: a system that runs. */
  | (Mac & { readonly kind: 'system'; readonly vendorClass?: string })
  | (Who & TftpPath & { readonly kind: 'tftp-begins'; readonly transfer: string })
  | (Who &
      TftpPath & {
        readonly kind: 'tftp'
        /** As in its `tftp-begins`. */
        readonly transfer: string
        /**
         * `measured`: the client asked for the size only, as EDK2 and iPXE do. `broken-off`: by the client.
         * `given-up`: by us, since the client did not answer.
         */
        readonly outcome: 'done' | 'measured' | 'broken-off' | 'given-up' | 'refused'
        readonly reason?: string
        /** Bytes that the client has acknowledged. */
        readonly bytes: number
        readonly size: number
        readonly ms: number
        readonly blockSize: number
        readonly windowSize: number
        /** Packets that were sent once more. */
        readonly resent: number
      })
  /** The loader runs: it fetched the first script, which is the same for all machines, by HTTP. */
  | (Who & { readonly kind: 'first-script'; readonly by?: 'grub' })
  /** The loader asked what to boot, and said who the machine is. */
  | (Mac & {
      readonly kind: 'asked'
      /** What the machine says its address is, and where the connection came from: not the same behind NAT. */
      readonly address?: string
      readonly from?: string
      readonly uuid?: string
      readonly firmware?: string
      readonly architecture?: Architecture
      readonly product?: string
      /** Version of the loader, as it says. */
      readonly loader?: string
    })
  /** What the machine was told to do, and why, in words. */
  | (Mac & {
      readonly kind: 'decided'
      readonly decision: Decision
      readonly because: string
      /** `demo@3` */
      readonly release?: string
      readonly user?: string
      /** What the loader itself fetches before it starts the system; when all is sent, the system was started. */
      readonly files?: readonly FileOfPlan[]
      /** The system tells how it went (`phone-home`, `disk-report`): silence is then no success. */
      readonly phonesHome?: boolean
    })
  /** A code to approve was put on the screen. Never the code itself. */
  | (Mac & { readonly kind: 'code-shown' })
  | (Mac & { readonly kind: 'approved'; readonly user: string; readonly by: string })
  /** `how`: `password`, `code`… */
  | (Mac & { readonly kind: 'signed-in'; readonly user: string; readonly how: string })
  | (Mac & {
      readonly kind: 'sign-in-failed'
      readonly user?: string
      readonly how: string
      readonly why: string
    })
  | (Who & {
      readonly kind: 'file-begins'
      readonly transfer: string
      readonly what: FileKind
      readonly name: string
      readonly digest?: string
      readonly size?: number
    })
  | (Who & {
      readonly kind: 'file'
      /** As in its `file-begins`, when there was one. */
      readonly transfer?: string
      readonly what: FileKind
      readonly name: string
      readonly digest?: string
      /** Of the whole file. */
      readonly size?: number
      /** HTTP status. 302: the machine was sent to the store itself, and how that went is not known. */
      readonly status: number
      /** Bytes of the body that were sent. */
      readonly bytes: number
      readonly ms: number
      /** The size only (HEAD). */
      readonly isMeasured?: boolean
      readonly completed: boolean
      /** Why it was not completed: `client-gone`, `client-stalled`… */
      readonly end?: string
    })
  /** A file was asked for and not given: 403. */
  | (Who & { readonly kind: 'refused-file'; readonly name: string; readonly why: string })
  /** The platform itself failed: its store, its script. */
  | (Who & { readonly kind: 'trouble'; readonly where: 'dhcp' | 'script' | 'file'; readonly reason: string })
  /** What the deploy environment says of the disk; bytes. */
  | (Mac & {
      readonly kind: 'disk-report'
      readonly release: string
      readonly state: 'started' | 'write' | 'check' | 'done' | 'failed'
      readonly done: number
      readonly total: number
    })
  /** What the system itself says: it runs, it failed, or a line for people. */
  | (Mac & {
      readonly kind: 'phone-home'
      readonly state: 'done' | 'failed' | 'line'
      readonly text?: string
    })

/** `isReadInParts`: a CD that the system goes on reading; it was started when the first part was read. */
export type FileOfPlan = {
  readonly name: string
  readonly digest: string
  /** Bytes. */
  readonly size: number
  readonly isReadInParts?: boolean
}

export type Decision = 'boot' | 'menu' | 'sign-in' | 'wait' | 'refuse' | 'local-disk'

/** `loader`: by HTTP. `file`: of a release. `tree`: one of the many files of a tree. */
export type FileKind = 'loader' | 'file' | 'tree'
