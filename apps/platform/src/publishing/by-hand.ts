import type { Recipe } from '@bootcast/image'

/** How somebody says it who knows better than the recipes: paths within the input. */
export type ByHand = {
  readonly kernel: string
  readonly initrds: readonly string[]
  /** Role → path. */
  readonly files: Readonly<Record<string, string>>
  readonly cmdline: string
}

/** The one recipe that does what was said. */
export function recipeByHand(said: ByHand): Recipe {
  const { kernel, initrds, files, cmdline } = said
  return {
    family: 'by-hand',
    name: 'Linux, by hand',
    proven: 'Said by who published it.',
    fallback: false,
    recognise: { files: [[kernel]], without: [], says: [], notLabels: [] },
    parameters: [],
    variants: [
      {
        method: 'linux',
        kernel: [kernel],
        initrds: initrds.map((file) => ({ file: [file], as: undefined, optional: false })),
        files: Object.fromEntries(Object.entries(files).map(([role, path]) => [role, [path]])),
        cmdline,
      },
    ],
    text: JSON.stringify(said),
  }
}
