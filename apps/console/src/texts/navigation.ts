export const navigationTexts = {
  boots: 'Boots',
  images: 'Images',
  machines: 'Machines',
  openings: 'Openings',
  people: 'People',
  audit: 'Audit',
} as const
