import { imageNameSchema, suggestedImageName } from '@bootcast/contract'
import { nameFits } from '@bootcast/image'

/**
 * The name that an image of a source has here: what there is no image name is made one, or it is told why it cannot be.
 * Names that look like paths are refused, not mended: who sends them means no good.
 */
export function imageNameOf(
  there: string,
  prefix = '',
): { readonly image: string } | { readonly problem: string } {
  const shown = JSON.stringify(there.slice(0, 80))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[/\\\u0000-\u001f\u007f]|^\.+$|\.\./.test(there) || there.length > 200)
    return { problem: `Its name ${shown} cannot be the name of an image.` }
  const found = imageNameSchema.safeParse(
    (prefix + suggestedImageName(there).replace(/-+$/, '')).slice(0, 63),
  )
  return found.success && found.data !== prefix
    ? { image: found.data }
    : { problem: `Its name ${shown} cannot be made the name of an image.` }
}

/** Whether a name is wanted: `only` are patterns with `*` for anything; none: all are. */
export const isWanted = (name: string, only: readonly string[]): boolean =>
  only.length === 0 || only.some((pattern) => nameFits(name, pattern))
