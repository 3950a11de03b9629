import { createTheme, type MantineColorsTuple } from '@mantine/core'

const blue: MantineColorsTuple = [
  '#e7f3ff',
  '#cfe2f8',
  '#a0c4ee',
  '#6ca4e4',
  '#4389dc',
  '#2978d7',
  '#1864ab',
  '#15599a',
  '#114b83',
  '#0c3b69',
]

/** The fonts of the machine: nothing to load, nothing from elsewhere. */
export const theme = createTheme({
  colors: { blue },
  primaryColor: 'blue',
  primaryShade: { light: 6, dark: 7 },
  autoContrast: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, "Cascadia Mono", "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
})
