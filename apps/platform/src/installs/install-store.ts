import type { Template } from './template.ts'
import type { Scope, SetValue } from './values.ts'

/** Templates of images and the values for them. One suite for all implementations: `testing/install-store-contract.ts`. */
export interface InstallStore {
  /** Templates of these images, by name. */
  templatesOf(images: readonly string[]): Promise<readonly Template[]>
  /** Templates of all images, by image and name. `next`: the `after` of what follows. */
  listTemplates(page: { readonly limit: number; readonly after?: string | undefined }): Promise<{
    readonly items: readonly Template[]
    readonly next: string | undefined
  }>
  /**
   * In place of one with its name. Values of the names that it declares secret are shown to nobody from then on.
   * @throws {ImageNotFound}
   */
  putTemplate(template: Template): Promise<void>
  /** @throws {TemplateNotFound | ImageNotFound} */
  removeTemplate(image: string, name: string): Promise<void>
  /** Names that some template declares secret. */
  secretNames(): Promise<ReadonlySet<string>>
  /** Values of these machines, labels and images, by name. */
  values(of: { readonly [S in Scope as `${S}s`]: readonly string[] }): Promise<readonly SetValue[]>
  /** Who has a template or a value of its own, each once. */
  owners(): Promise<readonly { readonly scope: Scope; readonly of: string }[]>
  /** In place of the one with its name. @throws {ImageNotFound | MachineNotFound} of what it is a value */
  setValue(value: SetValue & { readonly value: string }): Promise<void>
  /** False: there was none. */
  removeValue(value: Pick<SetValue, 'scope' | 'of' | 'name'>): Promise<boolean>
  /** How many values cannot be read with this key. */
  unreadable(): Promise<number>
}
