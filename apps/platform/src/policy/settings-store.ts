import type { MenuSettings } from '@bootcast/catalogue'

/** One suite for all implementations: `testing/settings-store-contract.ts`. */
export interface SettingsStore {
  menu(): Promise<MenuSettings>
  changeMenu(change: { readonly [K in keyof MenuSettings]?: MenuSettings[K] | undefined }): Promise<void>
}
