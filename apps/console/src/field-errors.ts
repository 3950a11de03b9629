import { ApiError } from '@bootcast/contract'

/** Codes that are about one field of a form. */
export type FieldOfCode<F extends string> = Readonly<Record<string, F>>

/** What the platform said about a form: a sentence beside each field that it named, and the rest above the button. */
export type FormErrors<F extends string> = {
  readonly fields: Readonly<Partial<Record<F, string>>>
  readonly rest: Error | undefined
}

/** `ofCode`: the field that an error of a code is about, as `user_exists` is about the name. */
export function formErrors<F extends string>(
  error: Error | null,
  fields: readonly F[],
  ofCode: FieldOfCode<F> = {},
): FormErrors<F> {
  if (error === null) return { fields: none(), rest: undefined }
  if (!(error instanceof ApiError)) return { fields: none(), rest: error }
  const field = ofCode[error.code]
  if (field !== undefined) return { fields: one(field, error.message), rest: undefined }
  const named = (error.problem.errors ?? []).flatMap(({ path, message }) => {
    const [, key] = path.split('.')
    const found = fields.find((name) => name === key)
    return found === undefined ? [] : [one(found, message)]
  })
  return { fields: Object.assign({}, ...named), rest: named.length === 0 ? error : undefined }
}

const one = <F extends string>(field: F, message: string): Partial<Record<F, string>> =>
  ({ [field]: message }) as Partial<Record<F, string>>

const none = <F extends string>(): Partial<Record<F, string>> => ({}) as Partial<Record<F, string>>
