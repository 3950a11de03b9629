export const navigationTexts = {
  boots: 'Boots',
} as const
