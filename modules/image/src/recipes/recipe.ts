import { z } from 'zod'
import { architectures, cpuLevels } from '../netboot-config.ts'

/** A path within the tree; `*` stands for any characters but a slash, and `.` for the whole input. */
const pattern = z.string().min(1).max(200)
/** The first pattern that something fits counts; of several that fit it the last by number and name. */
const patterns = z
  .union([pattern, z.array(pattern).min(1).max(8)])
  .transform((given) => (typeof given === 'string' ? [given] : given))
const role = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)
const text = (length: number) => z.string().max(length)

/** A line of a small text file. */
const lineSchema = z.strictObject({
  file: pattern,
  /** The first line that begins so; what follows it counts. Absent: the first line, whole. */
  after: text(100).optional(),
  /** What of it stands before this counts. */
  before: text(100).optional(),
})

const variantSchema = z.strictObject({
  method: z.enum(['linux', 'efi', 'iso', 'wim', 'disk']).default('linux'),
  firmware: z.enum(['bios', 'uefi']).optional(),
  cpuLevel: z.enum(cpuLevels).optional(),
  /** Absent: what the kernel or program itself says. */
  architecture: z.enum(architectures).optional(),
  kernel: patterns.optional(),
  /** Each with what it is called within the initrd's file system, when it is no cpio itself: `{ file, as }`. */
  initrds: z
    .array(
      z.union([
        patterns.transform((file) => ({ file, as: undefined, optional: false })),
        z.strictObject({
          file: patterns,
          as: text(128).optional(),
          optional: z.boolean().default(false),
        }),
      ]),
    )
    .max(16)
    .default([]),
  program: patterns.optional(),
  /** Further files, by role: `{{rootfs}}` of the command line is the URL of `rootfs`. */
  files: z.record(role, patterns).default({}),
  cmdline: text(4096).default(''),
  /** A file with (more of) the command line: its text, or the line of an iPXE script that begins with `kernel`. */
  cmdlineFrom: z.strictObject({ file: pattern, format: z.enum(['text', 'ipxe']) }).optional(),
  /** wim: the loader, and which name it wants → the file. */
  loader: text(128).optional(),
  wim: z.record(text(64), patterns).optional(),
})
export type RecipeVariant = z.infer<typeof variantSchema>

/** How a family of images is known and booted. `docs/recipes/add-an-image-family.md` */
export const recipeSchema = z.strictObject({
  family: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  name: text(100),
  /** What people are told when the version is known: `{version} (live)`. Absent: name and version. */
  as: text(100).optional(),
  /** What was seen to work with it. */
  proven: text(500),
  /** Counts only when no other recipe fits. */
  fallback: z.boolean().default(false),
  recognise: z.strictObject({
    format: z.enum(['iso', 'uki', 'disk']).optional(),
    startsAsCd: z.literal(true).optional(),
    /** The volume's name fits one of these, or none of those. */
    labels: z.array(text(64)).min(1).max(16).optional(),
    notLabels: z.array(text(64)).max(16).default([]),
    /** All of these must be there, each by one of its patterns. */
    files: z.array(patterns).max(16).default([]),
    /** None of these may be there. */
    without: z.array(pattern).max(16).default([]),
    /** Small text files that must say so. */
    says: z
      .array(z.strictObject({ file: pattern, text: text(200) }))
      .max(8)
      .default([]),
    /** What all the files must be: an EFI program alone, for instance. */
    single: z.enum(['efi-program', 'kernel']).optional(),
  }),
  version: lineSchema.optional(),
  /** Memory that a machine needs: so many MiB, and so many times the files of these roles. */
  memory: z
    .strictObject({
      mib: z.int().min(0),
      times: z.number().min(0).max(8).default(0),
      of: z.array(role).default([]),
    })
    .optional(),
  parameters: z
    .array(z.strictObject({ name: role, description: text(500), default: text(1000).optional() }))
    .max(32)
    .default([]),
  /** It is known, and cannot be booted: why, and what to publish instead. */
  refuse: text(1000).optional(),
  variants: z.array(variantSchema).max(8).default([]),
})
export type Recipe = z.infer<typeof recipeSchema> & {
  /** The recipe as written. */
  readonly text: string
}
