export const navigationTexts = {
  boots: 'Boots',
  images: 'Images',
} as const
