export const navigationTexts = {
  boots: 'Boots',
  images: 'Images',
  machines: 'Machines',
  openings: 'Openings',
} as const
