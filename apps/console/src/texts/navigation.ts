export const navigationTexts = {
  boots: 'Boots',
  images: 'Images',
  machines: 'Machines',
  openings: 'Openings',
  templates: 'Templates',
  sites: 'Sites',
  network: 'Network',
  people: 'People',
  audit: 'Audit',
} as const
