import type { Architecture } from './machine.ts'

/** A file of a release, as a machine fetches it. */
export type BootFile = {
  /** `sha256:…` */
  readonly digest: string
  /** Size in bytes. */
  readonly size: number
  /** The name the machine sees, for instance `vmlinuz`. */
  readonly name: string
}

/** What `{{…}}` in a command line stands for; see `template.ts`. */
export type Places = {
  /** Role → the file whose URL is put there. */
  readonly files?: Readonly<Record<string, BootFile>>
  /** Digest of the tree whose URL `{{tree}}` is. */
  readonly tree?: string
  /** Role → the document whose URL is put there. */
  readonly documents?: Readonly<Record<string, BootDocument>>
}

/** Something made for one boot of one machine; it may hold secrets. */
export type BootDocument = {
  /** The end of its URL: a file, or nothing for a folder. */
  readonly name: string
  /** How often each file of it may be fetched. */
  readonly fetches: number
  /** What reads it installs a system on the machine's disk. */
  readonly installs: boolean
}

/** What a plan boots, for people and for its timeline. */
export type Titled = {
  /** Image and release, for instance `demo 3`. */
  readonly title: string
  /** As the catalogue names it: `demo@3`. */
  readonly release?: string
}

/** What a machine shall do now. A new boot method is a new variant; the compiler then shows what is missing. */
export type BootPlan =
  | ({
      readonly method: 'linux'
      readonly architecture: Architecture
      readonly kernel: BootFile
      /** `path`: the file is put there within the initrd's file system. */
      readonly initrds: readonly (BootFile & { readonly path?: string })[]
      /** Kernel command line, without `initrd=`. */
      readonly cmdline: string
      /** The system tells how it went: silence is then no success. */
      readonly phonesHome?: boolean
    } & Titled &
      Places)
  /** An EFI program, for instance a unified kernel image. */
  | ({
      readonly method: 'efi'
      readonly architecture: Architecture
      readonly program: BootFile
      readonly arguments: string
    } & Titled &
      Places)
  /** A CD image as the firmware sees it: best effort, since few systems find such a CD again. */
  | ({ readonly method: 'iso'; readonly iso: BootFile } & Titled)
  /** Windows PE by wimboot, a loader that the operator imported. `files`: as which name wimboot sees it. */
  | ({
      readonly method: 'wim'
      readonly loader: string
      readonly files: readonly (BootFile & { readonly as: string })[]
    } & Titled)
  /** Leave the network boot and go on with the firmware's next boot entry, usually the disk. */
  | { readonly method: 'local-disk'; readonly reason: string }
  /** Nothing to boot yet: say why on the screen and ask again after a while. */
  | {
      readonly method: 'wait'
      readonly reason: string
      readonly seconds: number
      /**
       * There is this to boot (`demo 3`), and it is not the machine's turn. It comes back with the same question: what was
       * picked, and who signed in, are not lost.
       */
      readonly turnFor?: string
    }
  /** The person in front of the machine picks. */
  | MenuPlan
  /** What was picked cannot be had: say why, then the menu again. */
  | { readonly method: 'refuse'; readonly reason: string }

export type MenuPlan = {
  readonly method: 'menu'
  /** Who is signed in. */
  readonly user: string | undefined
  /** In this order. */
  readonly images: readonly MenuImage[]
  /** Taken when nobody picks for `seconds`. */
  readonly preselected: MenuChoice
  /** 0: waits for ever. */
  readonly seconds: number
}

/** `code` and `password` sign in, `disk` is the local disk, `wait` asks again; else an image reference. */
export type MenuChoice = 'code' | 'password' | 'disk' | 'wait' | (string & {})

/** One line of the menu. */
export type MenuImage = {
  /** Heading below which it stands. */
  readonly group: string
  /** `demo@stable` */
  readonly reference: string
  /** For people: `demo 3 (stable)`. */
  readonly text: string
  /** Why it does not boot here; such a line cannot be picked. */
  readonly unfit?: string
}
